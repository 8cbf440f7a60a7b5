"""Texts -> words and phrases that can describe a category, and counts of them.

A text is cut into runs of describing words. Stop words of its language, units, numbers and
punctuation end a run, so that no phrase reaches across them. Singular and plural count as one term,
shown in the form that the texts use most.
"""

from topicmodel.text.counts import FEW_TEXTS, count_words
from topicmodel.text.plurals import fold_plurals
from topicmodel.text.tokens import LETTERS, UNITS, Phrase, cut, plain_words

__all__ = [
    "FEW_TEXTS",
    "LETTERS",
    "UNITS",
    "Phrase",
    "count_words",
    "cut",
    "fold_plurals",
    "plain_words",
]
