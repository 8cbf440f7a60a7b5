"""What a category is made of, by the families of the catalogue of goods, as its panel shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from topicmodel.datatypes import Manifest
from topicmodel.datatypes.catalogue_wording import NamedFamily, followed_catalogue, main_goods
from topicmodel.reporting.formatting import displayed

_NAME_LIMIT = 80
"""Characters."""


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """The main families of a category."""

    lead: str
    """The words before them, or all that there is to say."""
    families: tuple[NamedFamily, ...]
    """The largest first; () where the catalogue does not know the category."""


def goods_line(
    manifest: Manifest,
    shares: Sequence[tuple[str, float]],
    shares_above: Sequence[tuple[str, float]] = (),
) -> GoodsLine | None:
    """The line about a category; None where its run follows no catalogue.

    Args:
        manifest: of the run.
        shares: of the families that the category's products vote for.
        shares_above: those of the category above; none on level one.
    """
    goods = main_goods(shares, shares_above)
    if goods is None:
        silent = GoodsLine("Not in the catalogue of goods.", ())
        return silent if followed_catalogue(manifest) else None
    families = tuple(
        replace(
            family,
            department=displayed(family.department, _NAME_LIMIT),
            name=displayed(family.name, _NAME_LIMIT),
        )
        for family in goods.families
    )
    return GoodsLine(f"{goods.extent.capitalize()}:", families)
