"""JSON and Parquet as run folders have them: the same values always give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def as_json(value: Any, *, sort_keys: bool = False) -> bytes:
    """JSON for people and programs: indented, a line at the end."""
    return _encode(value, indent=1, sort_keys=sort_keys)


def as_json_lines(values: Iterable[Any]) -> bytes:
    """A line of JSON for each value."""
    return b"".join(map(_encode, values))


def read_json_lines(content: bytes) -> list[Any]:
    """The values of the lines."""
    # Texts may hold characters, such as U+2028, at which splitlines would cut.
    return [json.loads(line) for line in content.split(b"\n") if line]


def as_table(columns: Mapping[str, Sequence[str | None] | npt.NDArray[np.floating]]) -> bytes:
    """A Parquet file; columns that are no numeric arrays are written as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {
        name: pa.array(values, None if isinstance(values, np.ndarray) else pa.string())
        for name, values in columns.items()
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays), sink)
    return bytes(sink.getvalue())


def read_table(content: bytes) -> Any:
    """The Parquet file as a table of Arrow's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Arrow's threads, still starting when a short program ends, would abort it.
    return pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(use_threads=False)


def shared_values(column: Any) -> list[Any]:
    """The texts of a column, in which equal texts are one object.

    Of a million products, each category's id would be there a thousand times over.
    """
    coded = column.combine_chunks().dictionary_encode()
    values = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    places = coded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    listed: list[Any] = values[places].tolist()
    return listed


def _encode(value: Any, **options: Any) -> bytes:
    options |= {"allow_nan": False, "default": _plain}
    try:
        return (json.dumps(value, ensure_ascii=False, **options) + "\n").encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as broken dumps have them, is no UTF-8: escaped it survives.
        return (json.dumps(value, **options) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no JSON value.")
