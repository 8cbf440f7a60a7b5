"""assign: products onto the tree of a run, in blocks and without a fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    Documents,
    Dump,
    Encoder,
    Floats,
    Integers,
    Method,
    Product,
    Reject,
    Run,
    Taxonomy,
    TopicId,
)
from topicmodel.errors import DumpError, EncoderError, RunError
from topicmodel.ingest import ColumnChoice, stream_products
from topicmodel.progress import Progress, Silent
from topicmodel.workflows.common import Embed, Paths, as_list, columns_of, embedding, settings_of
from topicmodel.workflows.runs import load

if TYPE_CHECKING:
    from topicmodel.landmarks import Placed
    from topicmodel.novelty import Novelty, Watch

BLOCK = 20_000
"""Products that are held at once."""


@dataclass(frozen=True)
class Assigned:
    """What has become of the products of a dump."""

    out: Path
    n_products: int
    n_known: int
    """Products whose text the run knows: they stay where they are."""
    duplicates: int
    """Rows whose id comes again further down; the last one counts, as in a fit."""
    n_rejects: int
    """Rows that could not be used."""
    methods: Mapping[Method, int]
    """Method -> products."""
    novelty: Novelty
    """About the products that the run does not know."""

    def as_record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        values = {key: value for key, value in asdict(self).items() if key != "novelty"}
        return {**values, "out": str(self.out), "novelty": self.novelty.as_record()}


def assign(
    folder: Path | str,
    paths: Paths,
    *,
    out: Path | str,
    columns: ColumnChoice | None = None,
    encoder: Encoder | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Assigned:
    """Put each product of a dump where it belongs in the tree of a run, edits included.

    Products whose text the run knows stay where they are. The dump is read twice, a block at a
    time: once to encode it and to see what new kinds there are, and once to place it.

    Args:
        folder: the run.
        paths: files or folders of the dump.
        out: file to write, .parquet, .csv or .jsonl; a row a product, with the columns of
            `assignments.parquet`.
        columns: which column is what; those that are not given, as in the run.
        encoder: the one that the run was made with, unless given.
        cache: file of the vector cache; the user's own unless given.
        progress: told about the stages.

    Raises:
        DumpError: the dump cannot be read, or holds no product.
        EncoderError: the encoder cannot be loaded, or is not the one of the run.
        RunError: there is no run, or `out` cannot be written, or is part of the run or the dump.
    """
    from topicmodel.crowds import find_crowds
    from topicmodel.novelty import Watch
    from topicmodel.store import open_mapping

    run, progress = load(folder), progress or Silent()
    _check_out(Path(out), Path(folder), as_list(paths))
    reading = _Reading(run, as_list(paths), columns_of(run, columns))
    with (
        open_mapping(Path(out), run.taxonomy) as write,
        embedding(settings_of(run), encoder, cache) as embed,
    ):
        placing = _Placing(run, embed, progress)
        crowds = find_crowds(
            placing.sample(reading.survey(progress)), run.landmarks, seed=settings_of(run).seed
        )
        watch, methods, n_known = Watch(run.landmarks, _shown(run)), Counter[Method](), 0
        counts = reading.counts
        progress.stage("placing products")
        for documents in reading.products():
            found, known = placing.place(documents, crowds, watch)
            write(found)
            methods.update(found.methods)
            n_known += known
        if not counts.products:
            raise DumpError("None of the rows can be used. Mend the file, or name its columns.")
    return Assigned(
        out=Path(out),
        n_products=counts.products,
        n_known=n_known,
        duplicates=counts.duplicates,
        n_rejects=counts.rejects,
        methods=dict(methods),
        novelty=watch.report(),
    )


def _check_out(out: Path, folder: Path, inputs: Sequence[Path | str]) -> None:
    """Make sure that the mapping overwrites neither the dump nor the run.

    Raises:
        RunError: it would.
    """
    target = out.resolve()
    if target in [Path(path).resolve() for path in inputs] or target.is_relative_to(
        folder.resolve()
    ):
        raise RunError(f"{out} is part of the dump or of the run. Choose another --out.")


def _shown(run: Run) -> Taxonomy:
    """The fitted tree with the names that people gave."""
    names = {topic.id: topic.name for topic in run.taxonomy.topics}
    return Taxonomy(
        [
            replace(topic, name=names.get(topic.id, topic.name))
            for topic in run.fitted.taxonomy.topics
        ]
    )


@dataclass
class _Counts:
    products: int = 0
    duplicates: int = 0
    rejects: int = 0


@dataclass(frozen=True)
class _Reading:
    """A dump as blocks of documents; it is read twice."""

    run: Run
    paths: Sequence[Path | str]
    columns: ColumnChoice
    counts: _Counts = field(default_factory=_Counts)
    """Of the second time."""
    last: dict[int, int] = field(default_factory=dict)
    """Digest of an id -> number of the last row that has it."""

    def survey(self, progress: Progress) -> Iterator[Documents]:
        """All rows that can be used, and which is the last of each id."""
        return self._blocks(self._all(progress))

    def products(self) -> Iterator[Documents]:
        """Each product once, after a survey."""
        return self._blocks(self._distinct())

    def _blocks(self, products: Iterator[Product]) -> Iterator[Documents]:
        from topicmodel.documents import build_documents

        settings = settings_of(self.run).documents
        while block := list(islice(products, BLOCK)):
            dump = Dump(block, (), 0, {}, (), "")
            yield build_documents(dump, settings, self.run.boilerplate)

    def _all(self, progress: Progress) -> Iterator[Product]:
        for number, item in enumerate(stream_products(self.paths, self.columns, progress)):
            if not isinstance(item, Reject):
                self.last[hash(item.id)] = number
                yield item

    def _distinct(self) -> Iterator[Product]:
        for number, item in enumerate(stream_products(self.paths, self.columns, Silent())):
            if isinstance(item, Reject):
                self.counts.rejects += 1
            elif self.last.get(hash(item.id)) != number:
                self.counts.duplicates += 1
            else:
                self.counts.products += 1
                yield item


@dataclass(frozen=True)
class _Placing:
    """Blocks of documents onto the tree of a run."""

    run: Run
    embed: Embed
    progress: Progress

    def sample(self, blocks: Iterator[Documents]) -> Floats:
        """Vectors of texts that the run does not know: an even sample of bounded size."""
        from topicmodel.crowds import MOST_COMPARED

        n_dims = self.run.landmarks.vectors.shape[1]
        kept, step = np.zeros((0, n_dims), dtype=np.float32), 1
        for documents in blocks:
            vectors = self._vectors(documents)[self._known_rows(documents) < 0]
            kept = np.concatenate([kept, vectors[::step]])
            while len(kept) > 2 * MOST_COMPARED:
                kept, step = kept[::2], 2 * step
        return kept

    def place(self, documents: Documents, crowds: Floats, watch: Watch) -> tuple[Assignments, int]:
        """Where the products of a block are, and how many of them the run knows."""
        from topicmodel.edits import route
        from topicmodel.landmarks import place_new

        placed = place_new(
            self._vectors(documents), self.run.landmarks, self.run.fitted.taxonomy, crowds
        )
        known = self._known_rows(documents)
        _watch(watch, documents, placed, known < 0)
        fitted = self._assignments(documents, placed, known.tolist())
        routed = route(
            self.run.fitted.taxonomy,
            self.run.edits,
            fitted,
            documents.titles,
            documents.attributes,
        )
        rows = documents.text_of_product
        return routed, int((known[rows[rows >= 0]] >= 0).sum())

    def _vectors(self, documents: Documents) -> Floats:
        from topicmodel.embedding import are_comparable

        if not documents.texts:
            return np.zeros((0, self.run.landmarks.vectors.shape[1]), dtype=np.float32)
        embeddings = self.embed(documents.texts, self.progress)
        if not are_comparable(embeddings.encoder, self.run.manifest["encoder"]):
            raise EncoderError(
                f"The run was made with the encoder {self.run.manifest['encoder']}, this one is "
                f"{embeddings.encoder}. Use the same, or `topicmodel refit`."
            )
        return embeddings.vectors

    def _assignments(
        self, documents: Documents, placed: Placed, known: Sequence[int]
    ) -> Assignments:
        """On the fitted tree, known texts where they were."""
        before = self.run.fitted.assignments
        level1 = list[TopicId | None]()
        level2 = list[TopicId | None]()
        confidence, methods = list[float](), list[Method]()
        for text in documents.text_of_product.tolist():
            row = known[text] if text >= 0 else -1
            source, place = (before, row) if row >= 0 else (placed, text)
            level1.append(source.level1[place] if text >= 0 else None)
            level2.append(source.level2[place] if text >= 0 else None)
            confidence.append(float(source.confidence[place]) if text >= 0 else 0.0)
            methods.append(source.methods[place] if text >= 0 else "unsorted")
        return Assignments(
            documents.product_ids, level1, level2, np.array(confidence, dtype=np.float32), methods
        )

    def _known_rows(self, documents: Documents) -> Integers:
        """Row of a product of the run with the same text, for each text; -1 where there is none."""
        from topicmodel.documents import text_digests

        digests = text_digests(documents.texts)
        return np.array([self._rows.get(digest, -1) for digest in digests], dtype=np.int64)

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        """Digest of a text -> the row of a product of the run that has it."""
        return {digest: row for row, digest in enumerate(self.run.digests) if digest}


def _watch(watch: Watch, documents: Documents, placed: Placed, new: np.ndarray) -> None:
    rows = np.flatnonzero(new).tolist()
    counts = np.bincount(
        documents.text_of_product[documents.text_of_product >= 0], minlength=len(documents.texts)
    )
    watch.add(
        [documents.texts[row] for row in rows],
        [documents.languages[row] for row in rows],
        replace(
            placed,
            level1=[placed.level1[row] for row in rows],
            level2=[placed.level2[row] for row in rows],
            confidence=placed.confidence[rows],
            methods=[placed.methods[row] for row in rows],
            cosines=placed.cosines[rows],
            crowded=placed.crowded[rows],
        ),
        counts[rows],
    )
