"""Byte streams that convert their content chunk by chunk, in constant memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from topicmodel.files.decoding import ESCAPED, as_windows_1252, encoding_by_mark

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FALLBACK = "Windows-1252"
"""The encoding by which bytes are read that are not valid UTF-8."""

_CHUNK = 1 << 16


class Readable(Protocol):
    """Anything that gives bytes: a file, a zip member, a gzip stream."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; b"" at the end."""


def filtered(stream: Readable, change: Callable[[bytes], bytes]) -> io.BufferedReader:
    """The stream with every chunk changed; `change(b"")`, once at the end, gives what is left."""
    return io.BufferedReader(_Filter(stream, change), _CHUNK)


def as_utf8(
    stream: Readable, tell: Callable[[str, int], None], encoding: str = "auto"
) -> io.BufferedReader:
    """The same text as UTF-8 without a byte order mark.

    Args:
        stream: the text.
        tell: given the name of an encoding that is not UTF-8, and how many more bytes (of
            Windows-1252) or characters (that are lost, of any other) were found.
        encoding: auto knows UTF-16 and UTF-32 by their marks, and UTF-16 by its zeros; all else is
            UTF-8, and bytes that UTF-8 does not allow are read as Windows-1252.
    """
    return filtered(stream, _Transcoder(encoding, tell))


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

    def __init__(self, encoding: str, tell: Callable[[str, int], None]) -> None:
        self._encoding = encoding
        self._tell = tell
        self._decoder: codecs.IncrementalDecoder | None = None
        self._is_guess = False

    def __call__(self, chunk: bytes) -> bytes:
        if self._decoder is None:
            self._decoder = self._first_decoder(chunk)
            # An encoding that was named may keep the mark as a character.
            text = self._decoder.decode(chunk, final=not chunk).removeprefix("\ufeff")
        else:
            text = self._decoder.decode(chunk, final=not chunk)
        return (text if text.isascii() else self._mended(text)).encode("utf-8", "replace")

    def _first_decoder(self, chunk: bytes) -> codecs.IncrementalDecoder:
        encoding = encoding_by_mark(chunk) if self._encoding == "auto" else self._encoding
        if encoding is None:
            self._is_guess = True
            name = "utf-8-sig" if chunk.startswith(codecs.BOM_UTF8) else "utf-8"
            return codecs.getincrementaldecoder(name)("surrogateescape")
        self._encoding = encoding
        self._tell(encoding, 0)
        return codecs.getincrementaldecoder(encoding)("replace")

    def _mended(self, text: str) -> str:
        if not self._is_guess:
            if lost := text.count("\ufffd"):
                self._tell(self._encoding, lost)
            return text
        mended, n_bytes = ESCAPED.subn(as_windows_1252, text)
        if n_bytes:
            self._tell(FALLBACK, n_bytes)
        return mended
