"""Sentence-BERT models converted for OpenVINO, each of them once.

A converted model is kept in a folder of its own, with its tokenizer, beside the cache of vectors.
A later run needs neither torch nor transformers, which take longer to import than a small dump to
encode.
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

LEAST_COSINE = 0.999
"""A converted model gives vectors at least so close to those of the model itself."""

_LAYOUT = 1
_PACKAGES = ("openvino", "sentence-transformers", "tokenizers", "transformers")
"""Whose versions decide how a model is converted."""
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
"""Texts of all kinds and lengths that a converted model is tried on."""


class ConversionError(Exception):
    """A model that cannot be converted, in a few words why."""


@dataclass(frozen=True)
class Converted:
    """A model as OpenVINO runs it."""

    graph: Any
    """An openvino.Model: tokens -> (n_texts, n_dims)."""
    tokenizer: str
    """JSON of the tokenizer as sentence-transformers sets it up, with how it pads."""


def default_folder() -> Path:
    """Where this user's converted models are."""
    return default_cache_path().with_name("converted")


def kept_in(folder: Path, model: ModelFiles, precision: Precision) -> Path:
    """The place of a converted model, which depends on all that decides it.

    What is kept is the same for all precisions, but was tried in one of them only.
    """
    decides = [_LAYOUT, model.weights, model.configuration, precision, *map(version, _PACKAGES)]
    return folder / hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:32]


def read_converted(place: Path) -> Converted | None:
    """What is kept there; None where there is nothing, or it is damaged."""
    try:
        digests = json.loads((place / _DIGESTS).read_text(encoding="utf-8"))
        if {name: file_digest(place / name) for name in _FILES} != digests:
            return None
        tokenizer = (place / _TOKENIZER).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return Converted(load_openvino().Core().read_model(place / _GRAPH), tokenizer)


def keep_converted(converted: Converted, place: Path) -> None:
    """Write it there, whole or not at all. Where that is impossible it is made again next time."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with staged_folder(place) as folder:
            load_openvino().save_model(converted.graph, folder / _GRAPH, compress_to_fp16=False)
            (folder / _TOKENIZER).write_text(converted.tokenizer, encoding="utf-8")
            digests = {name: file_digest(folder / name) for name in _FILES}
            (folder / _DIGESTS).write_text(json.dumps(digests), encoding="utf-8")
    except (OSError, RuntimeError) as error:
        log.info("the converted model is not kept in %s: %s", place, error)


def clear_converted(folder: Path) -> None:
    """Delete the converted models in a folder, as far as it can be; nothing else in there."""
    halves = (folder.glob(f".*.{ending}/{_GRAPH}") for ending in (PARTIAL, OLD))
    for kept in [*folder.glob(f"*/{_DIGESTS}"), *chain(*halves)]:
        shutil.rmtree(kept.parent, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def convert(model: TorchModel) -> Converted:
    """The whole model, from tokens to the vector of the text, as one graph.

    Raises:
        ConversionError: it takes more than the tokens of a text.
    """
    import torch

    tokenizer: Any = model.model.tokenizer
    example = _tensors(tokenizer([_PROBES[2], _PROBES[1]], padding=True, return_tensors="pt"))
    with warnings.catch_warnings(), without_advice(), torch.no_grad():
        # Deprecations, and remarks on which branches of the model's code are taken for good.
        warnings.simplefilter("ignore")
        graph = load_openvino().convert_model(_as_module(model), example_input=example)
    return Converted(graph, _tokenizer_of(tokenizer))


def check(converted: OpenVinoModel, model: TorchModel) -> None:
    """Make sure that a converted model does what the model itself does.

    Raises:
        ConversionError: its vectors are other ones.
    """
    ours, theirs = converted.encode(_PROBES), model.encode(_PROBES)
    if ours.shape != theirs.shape:
        raise ConversionError(f"vectors of shape {ours.shape}, not {theirs.shape}")
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    cosines = (ours * theirs).sum(axis=1) / np.maximum(lengths, np.finfo(np.float32).tiny)
    # A text without a token has a vector of zeros with some models.
    least = cosines[lengths > 0].min(initial=1.0)
    if not least >= LEAST_COSINE:
        raise ConversionError(f"other vectors, cosine {least:.3f}")


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
    """JSON of what cuts texts, for the `tokenizers` library alone."""
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
