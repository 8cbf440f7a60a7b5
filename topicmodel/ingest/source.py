"""One file of rows, wherever it lies: a file of its own, a member of a zip, or an address."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from topicmodel.ingest.formats import (
    Format,
)
from topicmodel.ingest.packing import ignore, is_packed, most_unpacked, unpacked
from topicmodel.settings import IngestSettings

_AS_USUAL = IngestSettings()

_IN_MEMORY = 1 << 26


@dataclass(frozen=True)
class Source:
    """One file of rows, wherever it lies."""

    name: str
    """Shown to people: the path as given, and `:member` for a file in a zip."""
    format: Format
    size: int
    """Bytes that reading it to the end reports to `advance`."""
    opener: Callable[[], IO[bytes]]
    path: Path | None = None
    """Its path where it is a file on disk; None otherwise."""
    is_apart: bool = True
    """Whether any process may open it, as it may not the members of an open zip."""
    most: int | None = None
    """Maximum bytes that it may unpack to; None where its own size decides."""
    sheet: str = ""
    """Name of the sheet, of a workbook."""
    settings: IngestSettings = _AS_USUAL
    """Settings by which it is read."""

    @property
    def is_plain(self) -> bool:
        """Whether its bytes lie in a file of their own, unpacked."""
        with self.opener() as raw:
            return self.path is not None and not is_packed(raw.read(10))

    @contextmanager
    def open(self, advance: Callable[[int], None]) -> Iterator[io.BufferedReader]:
        """Its bytes, unpacked. `advance` is told how many bytes were read before unpacking."""
        most = most_unpacked(self.size) if self.most is None else self.most
        with self.opener() as raw, unpacked(raw, most, advance) as stream:
            yield stream

    @contextmanager
    def open_seekable(
        self, advance: Callable[[int], None]
    ) -> Iterator[tuple[str | IO[bytes], Callable[[int], None]]]:
        """The path of the file itself, or a copy where it is packed or elsewhere.

        For formats that are not read from start to end. With it comes what is to be told how far
        the reading is.
        """
        if self.is_plain:
            yield str(self.path), advance
            return
        with self.open(advance) as packed, tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
            shutil.copyfileobj(packed, copy)
            copy.seek(0)
            # Copying has told already how far it is.
            yield copy, ignore
