"""What ingest reads: products as the shop wrote them, and what the reading has shown."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from topicmodel.datatypes.arrays import Integers


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the shop wrote it."""

    id: str
    title: str
    description: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    true_path: tuple[str, ...] = ()
    """True category path, top first; for evaluation only."""
    image: str = ""
    """The first of its pictures: a file or an address."""


@dataclass(frozen=True)
class Products:
    """A table of products: one column for each property, all in the same order.

    The last three columns may be empty, which means that nobody knows them.

    Raises:
        ValueError: the columns differ in length.
    """

    ids: Sequence[str]
    """Unique."""
    titles: Sequence[str]
    """As the shop wrote them, or cleaned, as whoever holds the table says."""
    attributes: Sequence[str]
    """All attributes of each product as a JSON object, name -> text; "" where it has none."""
    descriptions: Sequence[str] = ()
    images: Sequence[str] = ()
    """Files, told from the dump's own folder, or addresses of pictures; "" where there is none."""
    true_paths: Sequence[tuple[str, ...]] = ()
    """True category paths, top first; () where none is known. For evaluation only."""

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self._columns() if column}
        if len({len(self.ids), len(self.titles), len(self.attributes), *lengths.values()}) > 1:
            raise ValueError(f"The columns of a table of products differ in length: {lengths}.")

    @classmethod
    def of(cls, products: Iterable[Product]) -> Products:
        """The table of some products, in their order."""
        listed = list(products)
        return cls(
            ids=[product.id for product in listed],
            titles=[product.title for product in listed],
            attributes=[attributes_as_json(product.attributes) for product in listed],
            descriptions=[product.description for product in listed],
            images=[product.image for product in listed],
            true_paths=[product.true_path for product in listed],
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> Product:
        return Product(
            id=self.ids[row],
            title=self.titles[row],
            description=self.descriptions[row] if self.descriptions else "",
            attributes=attributes_from_json(self.attributes[row]),
            true_path=self.true_paths[row] if self.true_paths else (),
            image=self.images[row] if self.images else "",
        )

    def __iter__(self) -> Iterator[Product]:
        return map(self.__getitem__, range(len(self)))

    def take(self, rows: Integers) -> Products:
        """The products of these rows, (n,), in the order of the rows."""
        listed = rows.tolist()
        return Products(
            **{
                name: [column[row] for row in listed] if column else ()
                for name, column in self._columns()
            }
        )

    def values_of(self, names: Collection[str]) -> list[tuple[str, ...]]:
        """What each product has in the attributes of these names.

        Args:
            names: of attributes, case-folded.
        """
        return [
            tuple(
                value
                for name, value in attributes_from_json(text).items()
                if name.casefold() in names
            )
            for text in self.attributes
        ]

    def _columns(self) -> Iterator[tuple[str, Sequence[Any]]]:
        return ((column.name, getattr(self, column.name)) for column in fields(self))


def attributes_as_json(attributes: Mapping[str, str]) -> str:
    """Attributes as a table of products holds them: a JSON object, "" where there are none."""
    return json.dumps(dict(attributes)) if attributes else ""


def attributes_from_json(text: str) -> dict[str, str]:
    """The attributes that `attributes_as_json` wrote."""
    found: dict[str, str] = json.loads(text) if text else {}
    return found


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of a dump that could not be used."""

    file: str
    """As it was named; "" where the products came from memory."""
    line: int
    """Line in the file, or position in a JSON array or Parquet table, from 1; index, from 0, where
    the products came from memory."""
    reason: str
    raw: str
    """The row as it stood, cut to 500 characters."""

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return place_in_words(self.file, self.line)


def place_in_words(file: str, line: int) -> str:
    """Where a row stands, told as in a `Reject`: `shop.csv line 3`, or `row 2` of a data frame."""
    return f"{file} line {line}" if file else f"row {line}"


@dataclass(frozen=True)
class DumpReport:
    """What reading a dump has shown, beside its products."""

    rejects: Sequence[Reject]
    duplicates: int
    """Rows whose id came again later; the last one won."""
    columns: Mapping[str, str]
    """Role (`id`, `title`, `description`, `label`, `image`, ...) -> the column or columns of it."""
    sources: Sequence[str]
    """The paths as they were given; of products in memory, the kind of what held them."""
    fingerprint: str
    """sha256 over the usable products, whatever their order."""
    in_memory: bool = False
    """Whether the products came from memory, so that nobody can read them once more."""


@dataclass(frozen=True)
class Dump:
    """What ingest made of the files of a dump."""

    products: Products
    """In the order of the files, as the shop wrote them."""
    report: DumpReport
