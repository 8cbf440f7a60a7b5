"""The values that pass between the stages. All are frozen; none is changed in place.

Row numbers never leave a value: products are known by their id, topics by their `TopicId`.
Inside a value, arrays run in the order of its products or of its distinct texts, as each says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NewType, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import scipy.sparse as sp

TopicId = NewType("TopicId", str)
"""Opaque name of a category: minted once, kept over refits, never reused."""

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

Method = Literal["core", "reassigned", "parent_only", "unsorted"]
"""How a product got its category: found there by HDBSCAN, placed by nearest centroid, placed on
level one only, or not placed at all."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the shop wrote it."""

    id: str
    title: str
    description: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    label: tuple[str, ...] = ()
    """True category path, top first; for evaluation only."""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of a dump that could not be used."""

    file: str
    line: int
    """Line in the file, or position in a JSON array or Parquet table; from 1."""
    reason: str
    raw: str
    """The row as it stood, cut to 500 characters."""


@dataclass(frozen=True)
class Dump:
    """What ingest made of the files of a dump."""

    products: Sequence[Product]
    """In the order of the files; ids are unique."""
    rejects: Sequence[Reject]
    duplicates: int
    """Rows whose id came again later; the last one won."""
    columns: Mapping[str, str]
    """Role (`id`, `title`, `description`, `label`, `image`, ...) -> the column or columns of it."""
    sources: Sequence[str]
    """The paths as they were given."""
    fingerprint: str
    """sha256 over the usable products, whatever their order."""


@dataclass(frozen=True)
class Documents:
    """The distinct texts of a dump, and which product has which."""

    product_ids: Sequence[str]
    titles: Sequence[str]
    """Cleaned titles, in the order of product_ids."""
    texts: Sequence[str]
    """Distinct, never empty, in an order that depends on their content only."""
    text_of_product: Integers
    """(n_products,), row in texts, -1 where nothing was left to embed."""
    product_of_text: Integers
    """(n_texts,), row of the product that stands for the text: the one with the first id."""
    brands: Sequence[tuple[str, ...]]
    """As attributes tell them, in the order of product_ids."""
    colours: Sequence[str]
    """As attributes tell them, in the order of product_ids; "" where none does."""
    languages: Sequence[str]
    """ISO 639-1 codes, in the order of texts."""
    labels: Sequence[tuple[str, ...]]
    """True category paths in the order of product_ids; () where none is known."""


@dataclass(frozen=True)
class Embeddings:
    """Vectors of texts: unit length, (n_texts, n_dims), in the order of the texts."""

    vectors: Floats
    encoder: str
    """Identity of the encoder: everything that decides the vectors."""
    n_encoded: int
    """How many were encoded now; the others came from the cache."""


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    @property
    def identity(self) -> str:
        """Everything that decides the vectors: model, digest of weights, token limit, precision."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), unit length, in the order of the texts."""


@dataclass(frozen=True)
class TermCounts:
    """How often each term stands in each text."""

    counts: sp.csr_matrix
    """(n_texts, n_terms), whole numbers."""
    terms: Sequence[str]
    """(n_terms,), as people write them."""


@dataclass(frozen=True)
class Level:
    """A flat clustering of texts."""

    topics: Integers
    """(n_texts,), from 0; -1 is an outlier."""
    strengths: Floats
    """(n_texts,), 0 to 1: how firmly HDBSCAN holds the text; 0 for outliers."""


@dataclass(frozen=True)
class Levels:
    """Two nested clusterings of texts: every text has its nearest place on both levels."""

    level1: Integers
    """(n_texts,), from 0, largest first."""
    level2: Integers
    """(n_texts,), numbered over the whole tree; -1 where the level-one topic has no children."""
    strengths: Floats
    """(n_texts,), 0 to 1: how firmly HDBSCAN holds the text there; 0 where it was an outlier."""
    count_curve: Sequence[tuple[int, float]]
    """Number of level-one topics -> distance, relative to that of unrelated topics, at which the
    last two of them would merge."""


@dataclass(frozen=True)
class Placement:
    """Where each text goes in the end, and how sure that is. All (n_texts,)."""

    level1: Integers
    """-1 is unsorted."""
    level2: Integers
    """-1 where the text stays on level one, or is unsorted."""
    confidence: Floats
    """0 to 1."""
    methods: Sequence[Method]


@dataclass(frozen=True)
class Label:
    """What a topic is called."""

    name: str
    keywords: tuple[tuple[str, float], ...]
    """Terms with their c-TF-IDF weight, heaviest first."""
    cloud: tuple[tuple[str, float], ...]
    """More of them, for the word cloud."""


@dataclass(frozen=True)
class Names:
    """Labels of all topics, in the order of their numbers in `Levels`."""

    level1: Sequence[Label]
    level2: Sequence[Label]


@dataclass(frozen=True, slots=True)
class Topic:
    """One category of the tree."""

    id: TopicId
    parent: TopicId | None
    level: int
    """1 or 2."""
    name: str
    keywords: tuple[tuple[str, float], ...]
    """Terms with their c-TF-IDF weight, heaviest first."""
    size: int
    """Products, those of its children included."""
    examples: tuple[str, ...]
    """Ids of typical products, most central first."""


@dataclass(frozen=True)
class Assignments:
    """Where each product is. Everything runs in the order of product_ids."""

    product_ids: Sequence[str]
    level1: Sequence[TopicId | None]
    level2: Sequence[TopicId | None]
    confidence: Floats
    """(n_products,), 0 to 1."""
    methods: Sequence[Method]


@dataclass(frozen=True)
class Taxonomy:
    """The tree: parents first, siblings by falling size."""

    topics: Sequence[Topic]

    @property
    def level1(self) -> list[Topic]:
        """The top categories, largest first."""
        return [topic for topic in self.topics if topic.level == 1]

    def children(self, parent: TopicId) -> list[Topic]:
        """The categories below one, largest first."""
        return [topic for topic in self.topics if topic.parent == parent]

    def __getitem__(self, topic_id: TopicId) -> Topic:
        """The category of that id; KeyError where there is none."""
        for topic in self.topics:
            if topic.id == topic_id:
                return topic
        raise KeyError(topic_id)


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of the scorecard."""

    name: str
    """As `level1.ami` or `tree.npmi`."""
    value: float | None
    """None where it cannot be computed."""
    low: float
    high: float
    """Its range; either may be infinite."""
    higher_is_better: bool | None
    """None for a count, which is neither."""
    meaning: str
    """One sentence for people who never heard of it."""


@dataclass(frozen=True)
class Scorecard:
    """How good the tree is, as far as figures can tell."""

    metrics: Sequence[Metric]


@dataclass(frozen=True)
class Run:
    """All that a run folder holds, save what is rendered from it."""

    manifest: Mapping[str, Any]
    """When, settings, seed, threads, encoder, dump, versions, seconds per stage; JSON values."""
    taxonomy: Taxonomy
    assignments: Assignments
    titles: Sequence[str]
    """In the order of assignments.product_ids."""
    scorecard: Scorecard
    rejects: Sequence[Reject]
    centroids: Mapping[TopicId, Floats]
    """Unit vectors, one a category."""
    coordinates: Floats
    """(n_products, 2), the map; NaN for products without text."""
    cloud_terms: Mapping[TopicId, Sequence[tuple[str, float]]]
    """Terms of the word cloud with their weight, heaviest first, up to 60 a category."""
    count_curve: Sequence[tuple[int, float]]
    """Number of level-one categories -> relative distance of the last two split; empty where the
    count was given."""
    bertopic: Mapping[str, bytes]
    """The level-one BERTopic model: file name -> content, as BERTopic.save writes it."""
