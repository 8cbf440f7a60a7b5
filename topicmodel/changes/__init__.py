"""What a refit has changed: the categories, and the category of each product."""

from __future__ import annotations

from collections import Counter

from topicmodel.changes.pairs import Pairs, pair_products
from topicmodel.changes.product_diff import product_changes
from topicmodel.changes.report_files import as_record, mapping_csv, report_from
from topicmodel.changes.topic_diff import topic_changes
from topicmodel.datatypes import CatalogueRecord, ChangeReport, Flow, Run, Snapshot
from topicmodel.datatypes.catalogue_wording import followed_catalogue

__all__ = ["as_record", "compare", "mapping_csv", "report_from"]


def compare(previous: Run, current: Run) -> ChangeReport:
    """All differences between two runs, each with its edits applied."""
    pairs = pair_products(previous, current)
    flows = [flow for level in (1, 2) for flow in _flows(pairs, level)]
    topics = [topic for level in (1, 2) for topic in topic_changes(pairs, level, flows)]
    return ChangeReport(
        previous=_snapshot(previous),
        current=_snapshot(current),
        topics=topics,
        flows=flows,
        edits=list(current.outcomes),
        **product_changes(pairs),
    )


def _flows(pairs: Pairs, level: int) -> list[Flow]:
    before, after = pairs.topics(level)
    counts = Counter((before[old], after[new]) for old, new in pairs.rows if min(old, new) >= 0)
    flows = [Flow(level, old, new, count) for (old, new), count in counts.items()]
    return sorted(flows, key=lambda flow: (-flow.products, flow.previous or "", flow.current or ""))


def _snapshot(run: Run) -> Snapshot:
    levels = Counter(topic.level for topic in run.taxonomy.topics)
    catalogue = followed_catalogue(run.manifest) or CatalogueRecord()
    return Snapshot(
        created=run.manifest.created,
        # The kind of a data frame is no name that tells two dumps apart.
        sources=() if run.manifest.dump.in_memory else run.manifest.dump.sources,
        n_products=len(run.assignments.product_ids),
        n_level1=levels[1],
        n_level2=levels[2],
        n_unsorted=sum(topic is None for topic in run.assignments.level1),
        catalogue=catalogue.source,
        catalogue_digest=catalogue.digest,
    )
