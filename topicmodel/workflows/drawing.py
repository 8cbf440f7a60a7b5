"""The map of the products, drawn while other stages are at work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from topicmodel.datatypes import Floats, Integers
from topicmodel.execution.context import FitContext


def begin_map(
    vectors: Floats,
    text_of_product: Integers,
    context: FitContext,
    before: Floats | None = None,
) -> Callable[[], Floats]:
    """Start drawing the map; the function that comes back waits for it.

    Args:
        vectors: (n_texts, n_dims), unit length.
        text_of_product: (n_products,), row of its text; -1 where it has none.
        context: how texts are fitted.
        before: (n_texts, 2), places on an earlier map, nan where a text had none.

    Returns:
        What gives (n_products, 2), nan where a product has no text.
    """
    from topicmodel import engine

    settings = context.settings
    sample = engine.sample_for_map(vectors, settings.fit, seed=settings.seed, before=before)
    points = context.begin(engine.draw_map, (sample, settings.fit, settings.seed), len(vectors))

    def finished() -> Floats:
        found = engine.put_on_map(vectors, sample.rows, points(), threads=settings.threads)
        coordinates = np.full((len(text_of_product), 2), np.nan, dtype=np.float32)
        has_text = text_of_product >= 0
        coordinates[has_text] = found[text_of_product[has_text]]
        return coordinates

    return finished
