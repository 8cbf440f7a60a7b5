"""Byte streams that change what passes through them, chunk by chunk, so that any size fits."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1 << 16
_FALLBACK = "topicmodel.windows-1252"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Readable(Protocol):
    """Anything that gives bytes: a file, a zip member, a gzip stream."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; b"" at the end."""


def filtered(stream: Readable, change: Callable[[bytes], bytes]) -> io.BufferedReader:
    """The stream with every chunk changed; `change(b"")`, once at the end, gives what is left."""
    return io.BufferedReader(_Filter(stream, change), _CHUNK)


def as_utf8(stream: Readable, tell: Callable[[str], None]) -> io.BufferedReader:
    """The same text as UTF-8 without a byte order mark.

    UTF-16 is known by its byte order mark. Everything else is UTF-8, and bytes that UTF-8 does not
    allow are read as Windows-1252. `tell` gets the name of the encoding, once, where it is not
    UTF-8.
    """
    return filtered(stream, _Transcoder(tell))


class _Filter(io.RawIOBase):
    def __init__(self, stream: Readable, change: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._change = change
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer).cast("B")
        while not self._ready and not self._ended:
            chunk = self._stream.read(_CHUNK)
            self._ended = not chunk
            self._ready = self._change(chunk)
        part, self._ready = self._ready[: len(target)], self._ready[len(target) :]
        target[: len(part)] = part
        return len(part)


class _Transcoder:
    """Chunks of any encoding in, chunks of UTF-8 out."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._decoder: codecs.IncrementalDecoder | None = None

    def __call__(self, chunk: bytes) -> bytes:
        if self._decoder is None:
            self._decoder = self._first_decoder(chunk)
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            text = self._fall_back(self._decoder, chunk)
        return text.encode("utf-8", "replace")

    def _first_decoder(self, chunk: bytes) -> codecs.IncrementalDecoder:
        if chunk.startswith(_UTF16_MARKS):
            self._tell("UTF-16")
            return codecs.getincrementaldecoder("utf-16")("replace")
        name = "utf-8-sig" if chunk.startswith(codecs.BOM_UTF8) else "utf-8"
        return codecs.getincrementaldecoder(name)("strict")

    def _fall_back(self, strict: codecs.IncrementalDecoder, chunk: bytes) -> str:
        self._tell("Windows-1252")
        self._decoder = codecs.getincrementaldecoder("utf-8")(_FALLBACK)
        # The strict decoder may hold the first bytes of a character cut in two.
        held = strict.getstate()[0]
        return self._decoder.decode(held + chunk, final=not chunk)


def _read_as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(_character, error.object[error.start : error.end])), error.end


def _character(byte: int) -> str:
    try:
        return bytes([byte]).decode("windows-1252")
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; they stay control characters.
        return chr(byte)


codecs.register_error(_FALLBACK, _read_as_windows_1252)
