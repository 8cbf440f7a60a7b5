"""The least number of texts that a fine topic must have."""

from __future__ import annotations

import math


def least_texts(n_texts: int) -> int:
    """Least texts of a topic: 3 in the smallest dumps, 8 from a hundred, then with the root."""
    return max(3, min(8, n_texts // 12), round(math.sqrt(n_texts) / 5))
