"""Counts of the rows of a dump: products, duplicates, and rejects by their reasons."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from topicmodel.datatypes import Product, Reject
from topicmodel.errors import DumpError

_SHOWN = 3
_DIGITS = re.compile(r"\d+")
_LONGEST_REASON = 100
_GLANCE = 100_000
_LEAST_OF_USE = 0.01


@dataclass
class Tally:
    """Rows, counted as they come."""

    products: int = 0
    """Number of distinct ids."""
    duplicates: int = 0
    """Number of rows whose id had come before."""
    rejects: int = 0
    first: Reject | None = None
    reasons: Counter[str] = field(default_factory=Counter)
    """Reason, without the details of single rows -> number of rejects."""
    _example_of: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows in all."""
        return self.products + self.duplicates + self.rejects

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows: {self.products:,} products, {self.rejects:,} rejected, "
            f"{self.duplicates:,} with an id that comes again, of which the last counts"
        )

    def add(self, item: Product | Reject, *, is_new: bool = False) -> None:
        """Count a row; `is_new` says of a product whether its id has not come before.

        Raises:
            DumpError: hardly any of the first rows is a product of its own.
        """
        if isinstance(item, Reject):
            self._add_reject(item)
        elif is_new:
            self.products += 1
        else:
            self.duplicates += 1
        if self.rows % _GLANCE == 0 and self.products < _LEAST_OF_USE * self.rows:
            raise DumpError(
                f"Hardly any of the first {self.rows:,} rows is a product of its own: "
                f"{self.rejects:,} cannot be used, {self.duplicates:,} repeat an id. "
                f"{self._commonest()} Mend the dump, or name its columns with --id and --text."
            )

    def check(self, most: float) -> None:
        """See that rejects are no more than a share of all rows.

        Args:
            most: the share, 0 to 1.

        Raises:
            DumpError: they are more; the message has the commonest reasons.
        """
        if self.rejects > most * self.rows:
            raise DumpError(
                f"{self.rejects:,} of {self.rows:,} rows ({self.rejects / self.rows:.0%}) cannot "
                f"be used, and ingest.max_rejects allows {most:.0%}. {self._commonest()} Mend the "
                "dump, name its columns with --id and --text, or raise the setting, as with --set "
                "ingest.max_rejects=1."
            )

    def _add_reject(self, reject: Reject) -> None:
        self.rejects += 1
        self.first = self.first or reject
        kind = _DIGITS.sub("N", reject.reason.partition(":")[0][:_LONGEST_REASON])
        self._example_of.setdefault(kind, reject.reason[:_LONGEST_REASON])
        self.reasons[kind] += 1

    def _commonest(self) -> str:
        """The commonest reasons, with counts, and the first place; "" without rejects."""
        if self.first is None:
            return ""
        shown = "; ".join(
            f"{count:,} times: {self._example_of[kind]}"
            for kind, count in self.reasons.most_common(_SHOWN)
        )
        more = len(self.reasons) - _SHOWN
        others = f"; {more} other reasons" if more > 0 else ""
        return f"{shown}{others}. The first is at {self.first.place}."
