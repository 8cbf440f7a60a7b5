"""Similarities to probabilities: a softmax whose temperature fits what is known."""

from __future__ import annotations

import math

import numpy as np

from topicmodel.datatypes import Floats, Integers

SHARPNESS = (-7.0, 0.0)
"""Bounds of the logarithm of the temperature."""

CALIBRATED_ON = 20_000
"""Texts that the temperature is fitted to, at most."""


def fit_temperature(similarities: Floats, topics: Integers) -> float:
    """The temperature at which the softmax of similarities predicts the topics best.

    Known as temperature scaling.

    Source: Guo et al., On Calibration of Modern Neural Networks, 2017.

    Args:
        similarities: (n_texts, n_topics).
        topics: (n_texts,), the right column of each.

    Returns:
        The temperature; 1 where there is nothing to foretell.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(topics))[:: max(1, len(topics) // CALIBRATED_ON)]
    if not len(rows) or similarities.shape[1] < 2:
        return 1.0
    sample, wanted, at = similarities[rows], topics[rows], np.arange(len(rows))

    def surprise(logarithm: float) -> float:
        likely = probabilities(sample, math.exp(logarithm))[at, wanted]
        return -float(np.log(np.maximum(likely, 1e-12)).mean())

    return math.exp(minimize_scalar(surprise, bounds=SHARPNESS, method="bounded").x)


def probabilities(similarities: Floats, temperature: float) -> Floats:
    """Softmax over the columns: (n_texts, n_topics), each row adds up to 1."""
    from scipy.special import softmax

    shares: Floats = softmax(similarities / temperature, axis=1)
    return shares
