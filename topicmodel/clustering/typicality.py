"""How near to its category a text must be to count as a member.

The rule is the same everywhere: a text is too far away where its cosine is below a low quantile of
the cosines of texts that are known to belong there. The share of that quantile depends on what a
mistake costs, so each use has its own; all of them stand here.
"""

from __future__ import annotations

import numpy as np

from topicmodel.datatypes import Floats

SHARE_OF_SAMPLE = 0.05
"""Of a sample's texts, in `clustering.sampling`. Generous: what falls below is only fitted once
more, and keeps its topic where that finds no better one."""

SHARE_OF_CONTINUED = 0.05
"""Of the texts that a category of the previous tree had, in `continuation.levels`. Generous: a
group of new texts becomes a category only where many of them fall below."""

SHARE_OF_CORE = 0.01
"""Of the texts that HDBSCAN put into a category, in `placement.fitted_texts`. Strict: an outlier
below it is left without a category."""

SHARE_OF_TREE = 0.02
"""Of all texts that a tree was built from, in `placement.landmarks`: a new text below it is left
without a category. As much is expected to fall below in a dump of the same kind."""


def lower_end(cosines: Floats, share: float) -> float:
    """The cosine below which this share of the cosines lies, (n,) -> a number from -1 to 1."""
    return float(np.quantile(cosines, share))
