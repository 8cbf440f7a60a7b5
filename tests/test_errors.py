"""What libraries say, as one sentence of ours."""

from __future__ import annotations

import pytest

from topicmodel.errors import as_sentence, first_line


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("no such file", "no such file."),
        ("  It is gone. . \nLook at the log.\n", "It is gone."),
        ("", "ValueError."),
        (" \n ", "ValueError."),
    ],
)
def test_of_what_a_library_says_the_first_line_is_shown(said: str, sentence: str) -> None:
    assert first_line(ValueError(said)) == sentence


def test_what_must_not_be_shown_is_not() -> None:
    error = OSError("cannot open https://me:secret@host/a.csv, me:secret is refused\nsecret")
    hidden = [("me:secret@", ""), ("secret", "***")]
    assert first_line(error, hidden) == "cannot open https://host/a.csv, me:*** is refused."


def test_a_sentence_ends_in_one_full_stop() -> None:
    assert [as_sentence(text) for text in ("a", " a. ", "a...")] == ["a."] * 3
