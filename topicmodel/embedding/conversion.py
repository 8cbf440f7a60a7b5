"""Conversion of Sentence-BERT models to OpenVINO, once for each model.

Each converted model is kept with its tokenizer in a separate folder beside the cache of vectors.
Later runs then need neither torch nor transformers, whose import takes longer than encoding a small
dump.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.embedding.cache import default_cache_path
from topicmodel.embedding.models import ModelFiles, Precision, file_digest
from topicmodel.embedding.openvino import INPUTS, OpenVinoModel, load_openvino
from topicmodel.embedding.pytorch import TorchModel, without_advice
from topicmodel.files.atomic import OLD, PARTIAL, staged_folder

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

MIN_COSINE = 0.999
"""Minimum cosine between the vectors of a converted model and those of the model itself."""

_LAYOUT = 1
_PACKAGES = ("openvino", "sentence-transformers", "tokenizers", "transformers")
"""Packages whose versions decide how a model is converted."""
_GRAPH, _TOKENIZER, _DIGESTS = "model.xml", "tokenizer.json", "digests.json"
_FILES = (_GRAPH, "model.bin", _TOKENIZER)
_PROBES = (
    "",
    "Shoe",
    "red cotton shirt, size M",
    "  Sony WH-1000XM4\tWireless\nNoise-Cancelling Headphones  ",
    "CRÈME BRÛLÉE Torch – 2×, 15 €",
    "Детские зимние ботинки",
    "无线鼠标 2.4GHz",
    "قميص قطن 🎁",
    "A kettle that boils a litre in three minutes. " * 12,
    "stainless steel bottle " * 400,
)
"""Texts of many kinds and lengths that a converted model is tested on."""


class ConversionError(Exception):
    """A model cannot be converted; the message says in a few words why."""


@dataclass(frozen=True)
class Converted:
    """A model in the form that OpenVINO runs."""

    graph: Any
    """An openvino.Model: tokens -> (n_texts, n_dims)."""
    tokenizer: str
    """JSON of the tokenizer as sentence-transformers configures it, including its padding."""


def default_folder() -> Path:
    """Folder of this user's converted models."""
    return default_cache_path().with_name("converted")


def converted_path(folder: Path, model: ModelFiles, precision: Precision) -> Path:
    """Folder of a converted model; its name depends on everything that decides the conversion.

    The files are the same for all precisions, but each precision is tested separately.
    """
    decides = [_LAYOUT, model.weights, model.configuration, precision, *map(version, _PACKAGES)]
    return folder / hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:32]


def read_converted(path: Path) -> Converted | None:
    """The converted model in a folder; None if there is none or it is damaged."""
    try:
        digests = json.loads((path / _DIGESTS).read_text(encoding="utf-8"))
        if {name: file_digest(path / name) for name in _FILES} != digests:
            return None
        tokenizer = (path / _TOKENIZER).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return Converted(load_openvino().Core().read_model(path / _GRAPH), tokenizer)


def keep_converted(converted: Converted, path: Path) -> None:
    """Write a converted model, whole or not at all. If that fails, a later run converts again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with staged_folder(path) as folder:
            load_openvino().save_model(converted.graph, folder / _GRAPH, compress_to_fp16=False)
            (folder / _TOKENIZER).write_text(converted.tokenizer, encoding="utf-8")
            digests = {name: file_digest(folder / name) for name in _FILES}
            (folder / _DIGESTS).write_text(json.dumps(digests), encoding="utf-8")
    except (OSError, RuntimeError) as error:
        log.info("the converted model is not kept in %s: %s", path, error)


def clear_converted(folder: Path) -> None:
    """Delete the converted models in a folder as far as possible, and nothing else in there."""
    halves = (folder.glob(f".*.{ending}/{_GRAPH}") for ending in (PARTIAL, OLD))
    for file in [*folder.glob(f"*/{_DIGESTS}"), *chain(*halves)]:
        shutil.rmtree(file.parent, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def convert(model: TorchModel) -> Converted:
    """Convert the whole model, from tokens to the vector of the text, into one graph.

    Raises:
        ConversionError: the model needs other inputs than tokens.
    """
    import torch

    tokenizer: Any = model.model.tokenizer
    example = _tensors(tokenizer([_PROBES[2], _PROBES[1]], padding=True, return_tensors="pt"))
    with warnings.catch_warnings(), without_advice(), torch.no_grad():
        # Deprecations, and warnings that tracing fixes branches of the model's code.
        warnings.simplefilter("ignore")
        graph = load_openvino().convert_model(_as_module(model), example_input=example)
    return Converted(graph, _tokenizer_of(tokenizer))


def check(converted: OpenVinoModel, model: TorchModel) -> None:
    """Check that a converted model gives the vectors of the model itself.

    Raises:
        ConversionError: its vectors differ.
    """
    ours, theirs = converted.encode(_PROBES), model.encode(_PROBES)
    if ours.shape != theirs.shape:
        raise ConversionError(f"vectors of shape {ours.shape}, not {theirs.shape}")
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    cosines = (ours * theirs).sum(axis=1) / np.maximum(lengths, np.finfo(np.float32).tiny)
    # Some models give a zero vector for a text without tokens.
    min_cosine = cosines[lengths > 0].min(initial=1.0)
    if not min_cosine >= MIN_COSINE:
        raise ConversionError(f"other vectors, cosine {min_cosine:.3f}")


def _tensors(features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    if unknown := set(features) - set(INPUTS):
        raise ConversionError(f"it reads {', '.join(sorted(unknown))}, not only tokens")
    return dict(features)


def _as_module(model: TorchModel) -> torch.nn.Module:
    """The model as a function of tensors by name."""
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model.model

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor | None = None,
        ) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if token_type_ids is not None:
                features["token_type_ids"] = token_type_ids
            return self.model(features)["sentence_embedding"]

    return Pipeline().eval()


def _tokenizer_of(tokenizer: Any) -> str:
    """JSON of the tokenizer for the `tokenizers` library, which needs no transformers."""
    if not getattr(tokenizer, "is_fast", False):
        raise ConversionError("its tokenizer is a program of its own")
    from tokenizers import Tokenizer

    copy = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    copy.no_truncation()
    copy.enable_padding(
        direction=tokenizer.padding_side,
        pad_id=tokenizer.pad_token_id,
        pad_type_id=tokenizer.pad_token_type_id,
        pad_token=tokenizer.pad_token,
    )
    text: str = copy.to_str()
    return text
