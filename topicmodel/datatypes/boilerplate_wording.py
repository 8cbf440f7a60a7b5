"""What was left out of the texts, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from topicmodel.datatypes.manifest import BoilerplateRecord
from topicmodel.datatypes.texts import Documents

_LONGEST = 60
"""Maximum characters of a sentence that is given as an example."""
_SIGNS = re.compile(r"(?:(?<!\S)[_#@](?: |$))+")
"""Signs in a pattern for what differs between products: numbers, titles and addresses."""


def record_of_boilerplate(documents: Documents) -> BoilerplateRecord | None:
    """What the manifest says of what the texts lack; None where they lack nothing."""
    if not documents.n_stripped:
        return None
    return BoilerplateRecord(
        sentences=len(documents.boilerplate),
        example=_example(documents.boilerplate),
        products=documents.n_stripped,
    )


def left_out(record: BoilerplateRecord | None, n_products: int | None) -> str:
    """What was left out of how many texts; "" where nothing was, or the counts are not known.

    Such as: 3 sentences that unlike products share, such as “free delivery”, in 12 of 30 products.
    """
    if record is None or not record.sentences or record.products is None or n_products is None:
        return ""
    what = "a sentence that unlike products share, namely"
    if record.sentences > 1:
        what = f"{record.sentences:,} sentences that unlike products share, such as"
    return f"{what} “{record.example}”, in {record.products:,} of {n_products:,} products"


def _example(patterns: Sequence[str]) -> str:
    """The most frequent of the patterns with the fewest signs."""
    pattern = min(patterns, key=lambda each: len(_SIGNS.findall(each)))
    text = _SIGNS.sub("… ", pattern).strip()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
