"""Keys of results: a digest of everything that decides them."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

_Digest: TypeAlias = "hashlib._Hash"

DECISIVE = (
    "catalogue",
    "clustering",
    "datatypes",
    "engine",
    "execution/threads.py",
    "geometry.py",
    "settings",
    "text",
)
"""The packages and modules whose code decides what a fit finds."""

_BLOCK = 2**24
"""Bytes of an array that are digested at once, and copied where they are not contiguous."""


def key_of(*values: object) -> str:
    """A key of values by their content: sha256, 64 hexadecimal digits.

    Args:
        values: None, numbers and texts, arrays, sparse matrices, settings, and dataclasses and
            sequences of such. A tuple is the same as a list.

    Raises:
        TypeError: a value is of another kind.
    """
    digest = hashlib.sha256()
    _feed(digest, values)
    return digest.hexdigest()


@cache
def code_digest() -> str:
    """A key of the code that fits run; two versions of it differ even under one version number.

    Comments and docstrings are no part of it, and neither is code that only reads, names or shows.
    """
    package = Path(__file__).parent.parent
    files = [file for name in DECISIVE for file in sorted(_modules(package / name))]
    return key_of([(file.relative_to(package).as_posix(), _decisive_code(file)) for file in files])


def _modules(path: Path) -> Iterator[Path]:
    return path.rglob("*.py") if path.is_dir() else iter([path])


def _decisive_code(file: Path) -> str:
    """The syntax tree of a module without its docstrings, those of attributes included."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [each for each in node.body if not _is_text(each)]
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _feed(digest: _Digest, value: Any) -> None:
    if value is None or isinstance(value, bool | int | float | str):
        _feed_part(digest, "plain", json.dumps(value).encode())
    elif isinstance(value, np.ndarray):
        _feed_array(digest, value)
    elif isinstance(value, BaseModel):
        _feed_part(digest, type(value).__name__, value.model_dump_json().encode())
    elif is_dataclass(value) and not isinstance(value, type):
        named = [(field.name, getattr(value, field.name)) for field in fields(value)]
        _feed_part(digest, type(value).__name__, b"")
        _feed_sequence(digest, named)
    elif isinstance(value, list | tuple):
        _feed_sequence(digest, value)
    else:
        _feed_matrix(digest, value)


def _feed_part(digest: _Digest, kind: str, content: bytes) -> None:
    # With its length in front, no part can be taken for the end of another.
    digest.update(f"{len(kind)}:{kind}{len(content)}:".encode())
    digest.update(content)


def _feed_sequence(digest: _Digest, values: Sequence[Any]) -> None:
    if values and all(isinstance(value, str) for value in values):
        # The terms of a dump are a million: one by one they would take seconds.
        _feed_part(digest, "texts", json.dumps(values).encode())
        return
    _feed_part(digest, "sequence", str(len(values)).encode())
    for value in values:
        _feed(digest, value)


def _feed_array(digest: _Digest, array: npt.NDArray[Any]) -> None:
    if array.dtype.hasobject:
        raise TypeError("An array of objects has no content that could be told from another's.")
    _feed_part(digest, "array", f"{array.dtype.str}{array.shape}".encode())
    if not array.size:
        return
    rows = array.reshape(1) if not array.ndim else array
    step = max(1, _BLOCK // max(1, rows[0].nbytes))
    for first in range(0, len(rows), step):
        block = np.ascontiguousarray(rows[first : first + step])
        digest.update(block.reshape(-1).view(np.uint8).data)


def _feed_matrix(digest: _Digest, matrix: Any) -> None:
    import scipy.sparse as sp

    if not sp.issparse(matrix) or matrix.format not in ("csr", "csc"):
        raise TypeError(f"A {type(matrix).__name__} has no content that is known to be all of it.")
    _feed_part(digest, matrix.format, str(matrix.shape).encode())
    for array in (matrix.data, matrix.indices, matrix.indptr):
        _feed_array(digest, array)
