"""Sentence-BERT encoders.

An encoder knows its identity before its weights are loaded, and loads them when it encodes its
first text. So a run whose vectors are all in the cache loads no model.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.embedding.conversion import (
    Converted,
    check,
    convert,
    converted_path,
    default_folder,
    keep_converted,
    read_converted,
)
from topicmodel.embedding.encoder_devices import choose_device, choose_precision
from topicmodel.embedding.models import ModelFiles, Precision, find_model, identity_of
from topicmodel.embedding.openvino import OpenVinoModel, open_model
from topicmodel.embedding.pytorch import TorchModel, load_model
from topicmodel.errors import EncoderError, first_line
from topicmodel.settings import EmbeddingSettings

log = logging.getLogger(__name__)


class _Loaded(Protocol):
    def encode(self, texts: Sequence[str]) -> Floats: ...


@dataclass(frozen=True)
class SentenceEncoder:
    """A Sentence-BERT model in a folder, loaded at the first `encode`."""

    model: ModelFiles
    max_tokens: int
    """Maximum tokens of a text; the rest is cut off."""
    batch_size: int
    device: str
    """Name of the device in torch."""
    precision: Precision
    converted: Path
    """Folder of the models that were converted for OpenVINO."""

    @property
    def identity(self) -> str:
        """Name, digests of weights and configuration, token limit, precision."""
        return identity_of(self.model, self.max_tokens, self.precision)

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), unit length, in the order of the texts.

        Raises:
            EncoderError: the model cannot be loaded, or the device has too little memory.
        """
        # For no texts one is encoded and dropped, so that the result has n_dims columns.
        try:
            vectors = self._loaded.encode(list(texts) or [""])[: len(texts)]
        except RuntimeError as error:
            raise EncoderError(
                f"The encoder stopped: {first_line(error)} A smaller embedding.batch_size needs "
                "less memory."
            ) from error
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny))

    @cached_property
    def _loaded(self) -> _Loaded:
        if self.device != "cpu":
            return self._load()
        return self._open_converted() or self._convert()

    def _load(self) -> TorchModel:
        return load_model(
            self.model.folder, self.max_tokens, self.batch_size, self.device, self.precision
        )

    def _open_converted(self) -> OpenVinoModel | None:
        """The model as an earlier run converted it; None if there is none that can be used."""
        try:
            converted = read_converted(self._converted_path())
            return self._open(converted) if converted else None
        except Exception as error:  # OpenVINO raises all kinds, and may be missing
            log.info("no converted model of %s: %s", self.model.folder, error)
            return None

    def _convert(self) -> _Loaded:
        """The model converted now, or the unconverted model if that fails."""
        model = self._load()
        try:
            converted = convert(model)
            opened = self._open(converted)
            check(opened, replace(model, precision="float32"))
        except Exception as error:  # OpenVINO raises all kinds, and may be missing
            log.warning(
                "The encoder runs on PyTorch, which is slower: it cannot be converted for OpenVINO "
                "(%s).",
                first_line(error).rstrip("."),
            )
            return model
        keep_converted(converted, self._converted_path())
        # Later runs read the file, whose vectors differ in the last bit, so this run does too.
        return self._open_converted() or opened

    def _converted_path(self) -> Path:
        return converted_path(self.converted, self.model, self.precision)

    def _open(self, converted: Converted) -> OpenVinoModel:
        return open_model(
            converted.graph, converted.tokenizer, self.max_tokens, self.batch_size, self.precision
        )


def load_encoder(settings: EmbeddingSettings) -> SentenceEncoder:
    """The encoder that the settings name. Its weights are read for their digest, but not loaded.

    Raises:
        EncoderError: there is no such model, its weights are not in safetensors files, it contains
            custom code, or the bundled weights are not the published ones.
    """
    model = find_model(settings.model)
    device = choose_device(settings.device)
    return SentenceEncoder(
        model=model,
        max_tokens=min(settings.max_tokens, model.position_limit or settings.max_tokens),
        batch_size=settings.batch_size,
        device=device,
        precision=choose_precision(settings.precision, device),
        converted=default_folder(),
    )
