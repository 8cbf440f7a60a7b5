"""A Sentence-BERT model run by OpenVINO: on a CPU, several times as quick as by torch.

Texts are cut into tokens a block at a time while the blocks before are still under way, and go
through the model in batches of about as many tokens. Each batch is one thread's, so the number of
threads has no say in a vector.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import Floats, Integers
from topicmodel.embedding.models import Precision

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_BLOCK = 128
"""Texts that are cut into tokens at once."""
_TOKENS_OF_A_TEXT = 64
"""A batch holds so many tokens for each of its texts, were they of average length."""
INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""What a model may ask for, and what tokenizers call it."""
_TELEMETRY = "openvino_telemetry"


@dataclass(frozen=True)
class OpenVinoModel:
    """A converted model in memory."""

    graph: Any
    """An openvino.Model: tokens -> (n_texts, n_dims)."""
    tokenizer: Tokenizer
    """Cuts at the token limit, and does not pad."""
    padding: Mapping[str, Any]
    """What Encoding.pad takes."""
    batch_size: int
    precision: Precision

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), in the order of the texts, which are one at least."""
        found: dict[int, Floats] = {}
        queue = self._queue
        queue.set_callback(lambda request, rows: found.update(_results(request, rows)))
        try:
            for rows, batch in self._batches(texts):
                queue.start_async(self._features(batch), rows)
        finally:
            queue.wait_all()
        return np.stack([found[row] for row in range(len(texts))])

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[Encoding]]]:
        """Rows in texts, and their tokens; texts of like length together, the longest first."""
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        for start in range(0, len(order), _BLOCK):
            block = order[start : start + _BLOCK]
            encodings = self.tokenizer.encode_batch([texts[row] for row in block])
            pairs = sorted(zip(block, encodings, strict=True), key=lambda pair: -len(pair[1].ids))
            while pairs:
                n_texts = max(1, self.batch_size * _TOKENS_OF_A_TEXT // len(pairs[0][1].ids))
                rows, batch = zip(*pairs[:n_texts], strict=True)
                yield list(rows), list(batch)
                pairs = pairs[n_texts:]

    def _features(self, batch: Sequence[Encoding]) -> dict[str, Integers]:
        """What the model is given: (n_texts, n_tokens) by name of its input."""
        longest = max(len(encoding.ids) for encoding in batch)
        for encoding in batch:
            encoding.pad(longest, **self.padding)
        return {
            name: np.array([getattr(encoding, INPUTS[name]) for encoding in batch], dtype=np.int64)
            for name in self._inputs
        }

    @cached_property
    def _inputs(self) -> list[str]:
        return [found.any_name for found in self.graph.inputs]

    @cached_property
    def _queue(self) -> Any:
        from loky import cpu_count

        openvino = load_openvino()
        # Cores that this process may use, which in a container are fewer than the machine has.
        n_streams = int(cpu_count())
        types = openvino.Type
        compiled = openvino.Core().compile_model(
            self.graph,
            "CPU",
            {
                "NUM_STREAMS": n_streams,
                "INFERENCE_NUM_THREADS": n_streams,
                "INFERENCE_PRECISION_HINT": (
                    types.bf16 if self.precision == "bfloat16" else types.f32
                ),
            },
        )
        return openvino.AsyncInferQueue(compiled, 2 * n_streams)


def open_model(
    graph: Any, tokenizer: str, max_tokens: int, batch_size: int, precision: Precision
) -> OpenVinoModel:
    """A model that is ready to encode.

    Args:
        graph: an openvino.Model.
        tokenizer: as JSON, with how it pads.
        max_tokens: tokens of a text that are read.
        batch_size: texts of average length in a batch.
        precision: float32 or bfloat16.
    """
    from tokenizers import Tokenizer

    cutter = Tokenizer.from_str(tokenizer)
    pads = cutter.padding or {}
    padding = {key: pads[key] for key in ("direction", "pad_id", "pad_type_id", "pad_token")}
    cutter.no_padding()
    cutter.enable_truncation(max_tokens)
    return OpenVinoModel(graph, cutter, padding, batch_size, precision)


def capabilities() -> Sequence[str]:
    """What the processor is quick at, as OpenVINO calls it."""
    found: list[str] = load_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return found


def load_openvino() -> Any:
    """The openvino module, which reports nothing to its makers."""
    with _without_telemetry():
        import openvino
    return openvino


@contextmanager
def _without_telemetry() -> Iterator[None]:
    # OpenVINO sends its makers a line when it is imported and when it converts a model, unless
    # the package that does so cannot be imported: which None in its place sees to.
    before = sys.modules.get(_TELEMETRY)
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if before is None:
            del sys.modules[_TELEMETRY]
        else:
            sys.modules[_TELEMETRY] = before


def _results(request: Any, rows: Sequence[int]) -> Iterator[tuple[int, Floats]]:
    # A copy: the next batch overwrites what the request holds.
    return zip(rows, request.get_output_tensor(0).data.astype(np.float32, copy=True), strict=True)
