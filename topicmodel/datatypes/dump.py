"""What ingest reads: products as the shop wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the shop wrote it."""

    id: str
    title: str
    description: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    label: tuple[str, ...] = ()
    """True category path, top first; for evaluation only."""
    image: str = ""
    """The first of its pictures: a file or an address."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of a dump that could not be used."""

    file: str
    line: int
    """Line in the file, or position in a JSON array or Parquet table; from 1."""
    reason: str
    raw: str
    """The row as it stood, cut to 500 characters."""


@dataclass(frozen=True)
class Dump:
    """What ingest made of the files of a dump."""

    products: Sequence[Product]
    """In the order of the files; ids are unique. None where they have become documents: what the
    shop wrote takes as much memory as all that is made of it."""
    rejects: Sequence[Reject]
    duplicates: int
    """Rows whose id came again later; the last one won."""
    columns: Mapping[str, str]
    """Role (`id`, `title`, `description`, `label`, `image`, ...) -> the column or columns of it."""
    sources: Sequence[str]
    """The paths as they were given."""
    fingerprint: str
    """sha256 over the usable products, whatever their order."""
