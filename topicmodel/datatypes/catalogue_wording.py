"""What a catalogue of goods has to do with a run and its categories, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from topicmodel.datatypes.catalogue import BUNDLED
from topicmodel.datatypes.change_report import ChangeReport, Snapshot
from topicmodel.datatypes.manifest import CatalogueRecord, Manifest

LISTED = "menu"
"""Source of a menu that was given as a list of categories, which has no name of its own."""

NO_CATALOGUE = "No catalogue of goods was used."

_SEPARATOR = " > "
"""Between the department and the family in a path."""

_SHOWN = 3
"""Families that are named of a category at most."""

_LEAST_SHOWN = 0.1
"""Share of the votes from which on a family is named."""

_MOSTLY = 0.5
"""Share of the votes that the named families need together to be called most of a category."""


@dataclass(frozen=True, slots=True)
class NamedFamily:
    """A family of the catalogue, as it is named among those of a category."""

    department: str
    """"" where it is that of the main category, which needs no mention."""
    name: str
    percent: str
    """Share of the votes, such as `54%`."""

    def __str__(self) -> str:
        """All of it, such as `Drinks > Tea 24%`."""
        above = f"{self.department}{_SEPARATOR}" if self.department else ""
        return f"{above}{self.name} {self.percent}"


@dataclass(frozen=True, slots=True)
class MainGoods:
    """What the products of a category mainly are, by the families that they vote for."""

    extent: str
    """How much of the category the families are: `mostly`, `among others`, or, where no family has
    a tenth of the votes, `goods of many kinds, most often`."""
    families: tuple[NamedFamily, ...]
    """One to three, the largest first."""

    def __str__(self) -> str:
        """All of it, such as `mostly Skin Care 54%, Hair Care 20%`."""
        return f"{self.extent} {', '.join(map(str, self.families))}"


def main_goods(
    shares: Sequence[tuple[str, float]], shares_above: Sequence[tuple[str, float]] = ()
) -> MainGoods | None:
    """The largest families among those that a category's products vote for.

    Args:
        shares: as `Topic.catalogue` has them.
        shares_above: those of the category above; none on level one.

    Returns:
        What is worth showing; None where the catalogue is silent.
    """
    if not shares:
        return None
    own = _largest_department(shares_above or shares)
    large = [pair for pair in shares if pair[1] >= _LEAST_SHOWN][:_SHOWN]
    families = tuple(_named(path, share, own) for path, share in large or shares[:1])
    if not large:
        return MainGoods("goods of many kinds, most often", families)
    is_most = sum(share for _, share in large) >= _MOSTLY
    return MainGoods("mostly" if is_most else "among others", families)


def followed_catalogue(manifest: Manifest) -> CatalogueRecord | None:
    """The catalogue that the main categories of a run follow; None where they follow none."""
    record = manifest.catalogue
    return record if record and record.used is not False else None


def way_taken(record: CatalogueRecord | None) -> str:
    """Whether the main categories of a run follow a catalogue, and why, in one sentence."""
    if record is None:
        return NO_CATALOGUE
    if record.used is False:
        return f"{_capitalized(_called(record.source))} was left aside: {_why_aside(record)}."
    followed = f"The main categories follow {_followed(record.source or BUNDLED)}"
    if record.known_share is None:
        return f"{followed}."
    return f"{followed}, which knows {_percent(record.known_share)} of the texts."


def catalogue_change(report: ChangeReport) -> str:
    """That a refit followed another catalogue than the run before, in one sentence; "" if not."""
    before, now = report.previous, report.current
    if (before.catalogue, before.catalogue_digest) == (now.catalogue, now.catalogue_digest):
        return ""
    if report.is_empty:
        return f"{_difference(before, now)}, yet all categories are the same."
    return f"{_difference(before, now)}: categories may differ for that reason."


def _difference(before: Snapshot, now: Snapshot) -> str:
    if before.catalogue and now.catalogue:
        change = f"{before.catalogue} -> {now.catalogue}"
        if before.catalogue == now.catalogue:
            change = f"{now.catalogue}, with other contents"
        return f"The catalogue of goods has changed since the previous run ({change})"
    followed = [_followed(run.catalogue) for run in (before, now)]
    return f"The previous run followed {followed[0]}, this one follows {followed[1]}"


def _followed(source: str) -> str:
    if not source:
        return "no catalogue of goods"
    return "the bundled catalogue of goods" if source == BUNDLED else _called(source)


def _largest_department(shares: Sequence[tuple[str, float]]) -> str:
    votes = dict[str, float]()
    for path, share in shares:
        department, _ = _parts(path)
        votes[department] = votes.get(department, 0.0) + share
    return max(votes, key=lambda department: votes[department])


def _named(path: str, share: float, own_department: str) -> NamedFamily:
    department, name = _parts(path)
    is_needless = department in (own_department, name)
    return NamedFamily("" if is_needless else department, name, _percent(share))


def _parts(path: str) -> tuple[str, str]:
    """Department and family of a path; a department without families is its own family."""
    department, _, name = path.partition(_SEPARATOR)
    return department, name or department


def _called(source: str) -> str:
    if source == LISTED:
        return "the user's menu"
    return "the catalogue of goods" if source in (BUNDLED, "") else f"the menu {source}"


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _why_aside(record: CatalogueRecord) -> str:
    if record.known_share is None or record.needed_share is None:
        return "it knows too few of the texts"
    if record.known_share >= record.needed_share:
        known = f"it knows {_percent(record.known_share)} of the texts"
        return f"{known}, but this run continues a tree that does not follow it"
    # Rounded down, since less than what it takes must not look like as much.
    share = math.floor(100 * record.known_share + 1e-6)
    known = f"only {share}%" if share else "hardly any"
    needed = _percent(record.needed_share)
    return f"it knows {known} of the texts, and it takes {needed} to follow it"


def _percent(share: float) -> str:
    return f"{share:.0%}"
