"""assign: products onto the tree of a run, in blocks and without a fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from topicmodel.datatypes import (
    Documents,
    Method,
    Product,
    Products,
    Reject,
    Run,
    Stage,
    Table,
    TableCounts,
    Taxonomy,
)
from topicmodel.edits.runs import route_products
from topicmodel.embedding import embedding
from topicmodel.errors import DumpError, RunError
from topicmodel.execution import Workers, open_workers
from topicmodel.exports import check_out, open_targets
from topicmodel.ingest import (
    AnySource,
    ColumnChoice,
    Copy,
    DumpInput,
    Tally,
    as_list,
    copied,
    rereadable,
    stream_products,
)
from topicmodel.placement.blocks import BlockPlacer
from topicmodel.progress import Progress, Silent, as_progress
from topicmodel.settings import IngestSettings
from topicmodel.workflows.provenance import columns_of, settings_of
from topicmodel.workflows.saved_runs import alone_in, as_patience, load
from topicmodel.workflows.verb_options import AssignOptions, check_keywords

if TYPE_CHECKING:
    from topicmodel.placement.blocks import PlacedBlock
    from topicmodel.placement.novelty import Novelty, NoveltyMonitor

BLOCK = 20_000
"""Products that are held at once."""


@dataclass(frozen=True)
class Assigned:
    """What has become of the products of a dump."""

    out: Path | None
    """The file that was written."""
    n_products: int
    n_known: int
    """Products whose text the run knows: they stay where they are."""
    duplicates: int
    """Rows whose id comes again further down; the last one counts, as in a fit."""
    n_rejects: int
    """Rows that could not be used."""
    rejects: Path | None
    """File with these rows; None where there are none."""
    methods: Mapping[Method, int]
    """Method -> products."""
    novelty: Novelty
    """About the products that the run does not know."""
    table: TableCounts | None = None
    """What changed in a table of a database, where one was named."""

    def as_record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        values = {key: value for key, value in asdict(self).items() if key != "novelty"}
        files = {"out": self.out, "rejects": self.rejects}
        paths = {name: None if file is None else str(file) for name, file in files.items()}
        return {**values, **paths, "novelty": self.novelty.as_record()}


def assign(
    folder: Path | str,
    paths: DumpInput,
    *,
    out: Path | str | None = None,
    table: Table | None = None,
    columns: ColumnChoice | None = None,
    **options: Unpack[AssignOptions],
) -> Assigned:
    """Put each product of a dump where it belongs in the tree of a run, edits included.

    Products whose text the run knows stay where they are. The dump is read three times, a block at
    a time: once to count it, once to encode it and to see what new kinds there are, and once to
    place it. Rows that cannot be used are written beside `out`, such as `july.rejects.jsonl`.

    Args:
        folder: the run.
        paths: files or folders of the dump, or a query of a database; or the products themselves: a
            data frame, or records, that is mappings of column -> value.
        out: file to write, .parquet, .csv, .jsonl or .xlsx; a row a product, with the columns of
            `assignments.parquet`.
        table: of a database, into which they are written when all are placed.
        columns: which column is what; those that are not given, as in the run.
        options: `encoder`, `cache`, `scaling`, `ingest`, `progress` and `wait`; see
            `workflows.verb_options.AssignOptions`.

    Raises:
        DatabaseError: a database cannot be reached, or refuses the query or the table.
        DumpError: the dump cannot be read, too few of its rows can be used, or it holds no product.
        EncoderError: the encoder cannot be loaded, or is not the one of the run.
        RunError: there is no run, or it is one of an old release that has to be refitted first; or
            `out` cannot be written, is in use, or is part of the run or the dump.
        ScalingError: Ray is named, and not installed or not to be reached; or its workers fail.
    """
    from topicmodel.exports import open_rejects
    from topicmodel.placement.new_groups import find_new_groups
    from topicmodel.placement.novelty import NoveltyMonitor

    check_keywords("assign", options, AssignOptions)
    run, parts = load(folder), as_list(paths)
    settings, progress = settings_of(run), as_progress(options.get("progress"))
    _check_landmarks(run, Path(folder))
    out = None if out is None else Path(out)
    rejected = None if out is None else out.with_suffix(".rejects.jsonl")
    for file in filter(None, (out, rejected)):
        check_out(file, Path(folder), parts)
    with (
        alone_in(
            out, "assign", patience=as_patience(options.get("wait", False)), progress=progress
        ),
        open_workers(options.get("scaling") or settings.scaling) as workers,
        open_targets(out, table, run.taxonomy) as targets,
        embedding(settings, options.get("encoder"), options.get("cache"), workers) as embed,
        ExitStack() as stack,
    ):
        held = copied(rereadable(parts, stack, progress), stack)
        how = options.get("ingest") or settings.ingest
        reading = _Reading(run, held, columns_of(run, columns), how, workers)
        with open_rejects(rejected) if rejected else nullcontext(_ignore) as keep:
            reading.count(keep, progress)
        reading.check()
        placer = BlockPlacer(run, embed, workers, progress)
        new_groups = find_new_groups(
            placer.sample(reading.products()), run.landmarks, seed=settings.seed
        )
        monitor, methods, n_known = NoveltyMonitor(run.landmarks, _shown(run)), Counter[Method](), 0
        progress.stage(Stage.PLACING_PRODUCTS)
        for block in placer.place(reading.products(), new_groups):
            assignments = route_products(run, block.documents, block.assignments)
            targets.write(assignments)
            _note_new(monitor, block)
            methods.update(assignments.methods)
            n_known += block.n_known
    return Assigned(
        out=out,
        n_products=reading.tally.products,
        n_known=n_known,
        duplicates=reading.tally.duplicates,
        n_rejects=reading.tally.rejects,
        rejects=rejected if reading.tally.rejects else None,
        methods=dict(methods),
        novelty=monitor.report(),
        table=targets.counts,
    )


def _check_landmarks(run: Run, folder: Path) -> None:
    """Make sure that the run tells where new products go.

    Raises:
        RunError: it comes from a release that did not keep it.
    """
    if run.fitted.taxonomy.topics and not run.landmarks.topics:
        raise RunError(
            f"{folder} was made by a release that did not keep what new products are compared "
            "with. Use `topicmodel refit` on its dump first, which keeps its ids."
        )


def _shown(run: Run) -> Taxonomy:
    """The fitted tree with the names that people gave."""
    names = {topic.id: topic.name for topic in run.taxonomy.topics}
    return Taxonomy(
        [
            replace(topic, name=names.get(topic.id, topic.name))
            for topic in run.fitted.taxonomy.topics
        ]
    )


def _ignore(_reject: Reject) -> None:
    """Nobody keeps it."""


@dataclass
class _Reading:
    """A dump as blocks of documents; it is read several times."""

    run: Run
    paths: Sequence[Path | str | Copy | AnySource]
    columns: ColumnChoice
    settings: IngestSettings
    workers: Workers
    last: dict[int, int] = field(default_factory=dict)
    """Digest of an id -> number of the last row that has it."""
    tally: Tally = field(default_factory=Tally)

    def count(self, keep: Callable[[Reject], None], progress: Progress) -> None:
        """See which row is the last of each id, and hand over those that cannot be used."""
        for number, item in enumerate(self._stream(progress)):
            if isinstance(item, Reject):
                self.tally.add(item)
                keep(item)
            else:
                self.tally.add(item, is_new=hash(item.id) not in self.last)
                self.last[hash(item.id)] = number
        progress.message(str(self.tally))

    def check(self) -> None:
        """See that enough of the rows can be used.

        Raises:
            DumpError: too few can, or none.
        """
        self.tally.check(self.settings.max_rejects)
        if not self.last:
            raise DumpError("None of the rows can be used. Mend the dump, or name its columns.")

    def products(self) -> Iterator[Documents]:
        """Each product once, after a count."""
        from topicmodel.documents import build_documents

        settings, products = settings_of(self.run).documents, self._distinct()
        while block := list(islice(products, BLOCK)):
            yield build_documents(Products.of(block), settings, self.run.boilerplate)

    def _distinct(self) -> Iterator[Product]:
        for number, item in enumerate(self._stream(Silent())):
            if isinstance(item, Product) and self.last.get(hash(item.id)) == number:
                yield item

    def _stream(self, progress: Progress) -> Iterator[Product | Reject]:
        return stream_products(
            self.paths, self.columns, progress, workers=self.workers, settings=self.settings
        )


def _note_new(monitor: NoveltyMonitor, block: PlacedBlock) -> None:
    """Pass the texts that the run does not know to the monitor."""
    documents, placed = block.documents, block.placed
    new = np.flatnonzero(block.known < 0)
    rows = new.tolist()
    counts = np.bincount(
        documents.text_of_product[documents.text_of_product >= 0], minlength=len(documents.texts)
    )
    monitor.add(
        [documents.texts[row] for row in rows],
        [documents.languages[row] for row in rows],
        replace(
            placed,
            level1=[placed.level1[row] for row in rows],
            level2=[placed.level2[row] for row in rows],
            confidence=placed.confidence[new],
            methods=[placed.methods[row] for row in rows],
            cosines=placed.cosines[new],
            in_new_group=placed.in_new_group[new],
        ),
        counts[new],
    )
