"""The stages of a run, by the names under which progress, plan, manifest and report show them."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A stage of a workflow; its value is its name in every manifest, log and plan.

    Whoever reports to a `Progress` may use names of their own beside these.
    """

    ASKING_THE_DATABASE = "asking the database"
    GATHERING_RECORDS = "gathering records"
    READING = "reading"
    CLEANING_TEXTS = "cleaning texts"
    PLANNING = "planning"
    READING_VECTORS = "reading vectors"
    ENCODING = "encoding"
    LEARNING_FROM_THE_ENCODER = "learning from the encoder"
    EMBEDDING_BY_THE_STUDENT = "embedding by what was learnt"
    COUNTING_WORDS = "counting words"
    COMPARING_WITH_GOODS = "comparing with the catalogue of goods"
    FINDING_TOPICS = "finding topics"
    MERGING_TOPICS = "merging topics"
    FINDING_LEVEL_TWO = "finding level two"
    DRAFTING_A_TREE = "drafting a tree to compare with"
    CONTINUING_THE_TREE = "continuing the previous tree"
    NAMING = "naming"
    ASKING_THE_LANGUAGE_MODEL = "asking the language model"
    DRAWING_THE_MAP = "drawing the map"
    KEEPING_THE_BERTOPIC_MODEL = "keeping the BERTopic model"
    SCORING = "scoring"
    WRITING = "writing"
    PLACING_PRODUCTS = "placing products"
