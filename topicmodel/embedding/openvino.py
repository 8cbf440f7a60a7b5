"""A Sentence-BERT model run by OpenVINO: on a CPU, several times as fast as by torch.

A block of texts is tokenised while the model still computes the blocks before. Batches have about
equally many tokens. Each batch is computed by one thread, so the number of threads does not change
the vectors.
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
"""Texts that are tokenised at once."""
_TOKENS_OF_A_TEXT = 64
"""Assumed mean tokens of a text: a batch has `batch_size` times as many tokens."""
INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""Names of the inputs that a model may have -> attributes of an Encoding of `tokenizers`."""
_TELEMETRY = "openvino_telemetry"


@dataclass(frozen=True)
class OpenVinoModel:
    """A converted model in memory."""

    graph: Any
    """An openvino.Model: tokens -> (n_texts, n_dims)."""
    tokenizer: Tokenizer
    """Truncates at the token limit, and does not pad."""
    padding: Mapping[str, Any]
    """Arguments of Encoding.pad."""
    batch_size: int
    precision: Precision

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), in the order of the texts, of which there must be at least one."""
        vector_of: dict[int, Floats] = {}
        queue = self._queue
        queue.set_callback(lambda request, rows: vector_of.update(_results(request, rows)))
        try:
            for rows, batch in self._batches(texts):
                queue.start_async(self._features(batch), rows)
        finally:
            queue.wait_all()
        return np.stack([vector_of[row] for row in range(len(texts))])

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[Encoding]]]:
        """Indices and tokens of the texts of each batch: of similar length, the longest first."""
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
        """Name of an input of the model -> its values, (n_texts, n_tokens)."""
        longest = max(len(encoding.ids) for encoding in batch)
        for encoding in batch:
            encoding.pad(longest, **self.padding)
        return {
            name: np.array([getattr(encoding, INPUTS[name]) for encoding in batch], dtype=np.int64)
            for name in self._inputs
        }

    @cached_property
    def _inputs(self) -> list[str]:
        return [model_input.any_name for model_input in self.graph.inputs]

    @cached_property
    def _queue(self) -> Any:
        from loky import cpu_count

        openvino = load_openvino()
        # Cores that this process may use; in a container they are fewer than the machine has.
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
        tokenizer: JSON of the tokenizer, including its padding.
        max_tokens: maximum tokens of a text; the rest is cut off.
        batch_size: texts of mean length in a batch.
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
    """Number formats and optimisations that the CPU supports, by OpenVINO's names."""
    names: list[str] = load_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return names


def load_openvino() -> Any:
    """The openvino module, imported such that it sends no usage statistics."""
    with _without_telemetry():
        import openvino
    return openvino


@contextmanager
def _without_telemetry() -> Iterator[None]:
    # OpenVINO sends usage statistics when it is imported and when it converts a model. None in
    # sys.modules makes the import of the package that sends them fail.
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
    # A copy, since the next batch overwrites the output of the request.
    return zip(rows, request.get_output_tensor(0).data.astype(np.float32, copy=True), strict=True)
