"""A Sentence-BERT model run by sentence-transformers."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.embedding.models import Precision
from topicmodel.errors import EncoderError, first_line

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TorchModel:
    """A loaded model of sentence-transformers."""

    model: SentenceTransformer
    batch_size: int
    device: str
    precision: Precision

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), in the order of the texts, of which there must be at least one."""
        import torch

        # Autocast uses half precision only where it is accurate enough; sums stay in float32.
        mixed = self.device == "cpu" and self.precision == "bfloat16"
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            vectors = self.model.encode(
                list(texts),
                batch_size=self.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(vectors, dtype=np.float32)


def load_model(
    folder: Path, max_tokens: int, batch_size: int, device: str, precision: Precision
) -> TorchModel:
    """Load a model from safetensors files.

    Raises:
        EncoderError: the model or the device cannot be used.
    """
    log.info("loading the encoder %s on %s", folder, device)
    try:
        with without_advice():
            model = _load(folder, device)
        # transformers 5 keeps the precision of the stored weights, which may be half.
        model = model.half() if precision == "float16" else model.float()
    except Exception as error:  # torch and transformers raise many kinds of errors
        raise EncoderError(
            f"Cannot load the encoder {folder} on device {device}: {first_line(error)} "
            "Choose another embedding.model or embedding.device."
        ) from error
    model.max_seq_length = max_tokens
    return TorchModel(model, batch_size, device, precision)


def _load(folder: Path, device: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        str(folder),
        device=device,
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )


@contextmanager
def without_advice() -> Iterator[None]:
    """Keep transformers from showing progress bars and warnings that do not concern users."""
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
