"""Similarities become probabilities that are borne out."""

from __future__ import annotations

import numpy as np
import pytest

from topicmodel.datatypes import Floats, Integers
from topicmodel.placement import calibration
from topicmodel.placement.calibration import fit_temperature, probabilities


def drawn(similarities: Floats, temperature: float, seed: int = 0) -> Integers:
    """Topics drawn with the probabilities that the similarities have at a temperature."""
    shares = probabilities(similarities, temperature).cumsum(axis=1)
    draws = np.random.default_rng(seed).random((len(similarities), 1))
    return np.minimum((shares < draws).sum(axis=1), similarities.shape[1] - 1)


def random_similarities(n_texts: int = 4000, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).uniform(0, 1, (n_texts, 5)).astype(np.float32)


@pytest.mark.parametrize("temperature", [0.02, 0.1, 0.4])
def test_the_temperature_that_topics_were_drawn_at_is_found_again(temperature: float) -> None:
    similarities = random_similarities()
    topics = drawn(similarities, temperature)
    found = fit_temperature(similarities, topics)
    assert found == pytest.approx(temperature, rel=0.1)


def test_similarities_that_foretell_better_are_believed_more() -> None:
    similarities = random_similarities()
    believed = []
    for temperature in (0.02, 0.1, 0.4):
        topics = drawn(similarities, temperature)
        fitted = fit_temperature(similarities, topics)
        believed.append(probabilities(similarities, fitted).max(axis=1).mean())
    assert believed == sorted(believed, reverse=True)
    assert believed[0] > 0.85
    assert believed[-1] < 0.5


def test_a_sample_is_enough_to_fit_the_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    similarities = random_similarities()
    topics = drawn(similarities, 0.1)
    monkeypatch.setattr(calibration, "CALIBRATED_ON", 1000)
    found = fit_temperature(similarities, topics)
    assert found == pytest.approx(0.1, rel=0.2)


@pytest.mark.parametrize("temperature", [0.001, 0.1, 1.0])
def test_probabilities_add_up_and_follow_the_similarities(temperature: float) -> None:
    similarities = random_similarities(50)
    found = probabilities(similarities, temperature)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(found.argmax(axis=1), similarities.argmax(axis=1))
    assert ((found >= 0) & (found <= 1)).all()


def test_where_there_is_nothing_to_foretell_the_temperature_is_one() -> None:
    assert fit_temperature(np.zeros((0, 3), dtype=np.float32), np.zeros(0, dtype=np.int64)) == 1
    assert fit_temperature(np.ones((9, 1), dtype=np.float32), np.zeros(9, dtype=np.int64)) == 1
