"""How time and memory grow with the number of products, up to a million lifelike ones.

All but encoding is measured: vectors are drawn around real ones, which costs next to nothing. Each
size is a whole fit, from the dump to the report, in a process of its own, after a small fit that is
not counted. With --cascade it is the whole way with the real encoder and the cascade, beside what
encoding all the texts would take alone.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from make_sample import load_kinds

import topicmodel as tm
from speed import encoding
from speed.catalogue import write_dumps
from speed.drawing import DrawnEncoder
from speed.processes import alone
from speed.runs import (
    TimedEncoder,
    add_fit_options,
    as_record,
    keep_compiled_code,
    tell,
    warm_up,
    whole_fit,
)
from topicmodel.datatypes import Encoder
from topicmodel.documents import build_documents
from topicmodel.embedding import VectorCache, default_cache_path, embed, load_encoder
from topicmodel.ingest import read_dump

SIZES = (50_000, 200_000, 1_000_000)
CASCADE_SIZE = 200_000
N_RATED = 1500
"""Texts that the encoder's speed is measured on."""
SEED, ENCODED_SEED = 1, 2
"""Of the products that are fitted, and of those whose vectors the others are drawn around."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="products")
    parser.add_argument(
        "--cascade",
        type=int,
        nargs="?",
        const=CASCADE_SIZE,
        metavar="N",
        help=f"the whole way with the cascade, on N products ({CASCADE_SIZE:,})",
    )
    parser.add_argument("--encoded", type=int, default=4000, help="products whose vectors are real")
    add_fit_options(parser)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds and memory of each size, or of the whole way with the cascade."""
    keep_compiled_code()
    with tempfile.TemporaryDirectory() as folder:
        if options.cascade is not None:
            found = _measure_cascade(options, Path(folder))
        else:
            found = _measure_sizes(options, Path(folder))
    return {"settings": options.assignments, **found}


def table(record: dict[str, Any]) -> str:
    """The record for people."""
    rows = record["rows"]
    lines = [
        f"{'products':>9}  {'texts':>9}  {'seconds':>9}  {'per 1,000':>10}  {'peak memory':>11}  "
        f"{'together':>11}  {'topics':>8}",
        *(_line(row) for row in rows),
        "",
        *_stage_lines(rows),
    ]
    return "\n".join([*lines, "", _conclusion(record)])


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float | None:
    """Power of the size that the seconds grow with, from the smallest to the largest size.

    1 is a straight line, 2 four times as long for twice as many. None where there is one size only,
    or a time of 0.
    """
    points = sorted(zip(sizes, seconds, strict=True))
    (small, quick), (large, slow) = points[0], points[-1]
    if small == large or min(quick, slow) <= 0:
        return None
    return math.log(slow / quick) / math.log(large / small)


def drawn_encoder(dump: Path, encoder: Encoder, cache: Path, settings: tm.Settings) -> DrawnEncoder:
    """An encoder that draws vectors around those of a dump's texts."""
    texts = _texts(dump, settings)
    kinds = [kind.words["kind"][0] for kind in load_kinds()]
    with VectorCache(cache) as vectors:
        known = embed(texts, encoder, vectors).vectors
    return DrawnEncoder(texts, known, kinds, encoder.identity)


def measure_growth(
    dumps: Mapping[int, Path], settings: tm.Settings, encoder: Encoder, n_warm_up: int
) -> dict[str, Any]:
    """A whole fit of each dump, and the exponent of its growth.

    Args:
        dumps: by their number of products.
        settings: of the fits.
        encoder: one that takes no time.
        n_warm_up: products of the uncounted fit.
    """
    rows = []
    for size, dump in dumps.items():
        row, memory = alone(_fit, dump, settings, encoder, n_warm_up)
        rows.append({**row, **as_record(memory)})
        tell(f"{size:,} products: {row['seconds']:.1f} s, {memory.own:,.0f} MB")
    return {
        "encoder": encoder.identity,
        "rows": rows,
        "exponent": exponent([row["products"] for row in rows], [row["seconds"] for row in rows]),
    }


def measure_cascade(
    dump: Path, settings: tm.Settings, n_warm_up: int, encoder: Encoder | None = None
) -> dict[str, Any]:
    """The whole way with the cascade, and what encoding all texts would take alone.

    The latter is the encoder's speed on some of the same texts, before the fit and after it, times
    their number.

    Args:
        dump: of many products.
        settings: of the fit; they ask for the cascade.
        n_warm_up: products of the uncounted fit.
        encoder: the one of the settings unless given.
    """
    texts = _texts(dump, settings)
    sample = random.Random(0).sample(texts, min(N_RATED, len(texts)))
    before, _ = alone(_rate, sample, settings, encoder)
    tell(f"the encoder reads {before:,.0f} texts a second")
    row, memory = alone(_fit, dump, settings, encoder, n_warm_up)
    tell(f"{len(texts):,} texts: {row['seconds']:.1f} s, {memory.own:,.0f} MB")
    after, _ = alone(_rate, sample, settings, encoder)
    all_alone = len(texts) / statistics.mean((before, after))
    return {
        "rows": [{**row, **as_record(memory)}],
        "texts_per_second": [before, after],
        "seconds_encoding_all_alone": all_alone,
        "share_of_encoding_all": row["seconds"] / all_alone,
    }


def _measure_sizes(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    settings = tm.load_settings(assignments=options.assignments)
    encoded = write_dumps(folder, [options.encoded], ENCODED_SEED)[options.encoded]
    encoder = drawn_encoder(
        encoded, load_encoder(settings.embedding), default_cache_path(), settings
    )
    dumps = write_dumps(folder, options.sizes, SEED)
    return measure_growth(dumps, settings, encoder, options.warm_up)


def _measure_cascade(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    assignments = [*options.assignments, "embedding.cascade=true"]
    dump = write_dumps(folder, [options.cascade], SEED)[options.cascade]
    settings = tm.load_settings(assignments=assignments)
    # Under a name of its own, so that it does not take the place of the other record.
    return {"part": "growth_cascade", **measure_cascade(dump, settings, options.warm_up)}


def _fit(
    dump: Path, settings: tm.Settings, encoder: Encoder | None, n_warm_up: int
) -> dict[str, Any]:
    chosen = encoder or load_encoder(settings.embedding)
    warm_up(dump, n_warm_up, settings, chosen)
    timed = TimedEncoder(chosen.identity, chosen)
    found = whole_fit(dump, settings, timed)
    return {**found, "encoded": timed.n_texts, "seconds_encoding": round(timed.seconds, 2)}


def _rate(texts: Sequence[str], settings: tm.Settings, encoder: Encoder | None) -> float:
    """Texts a second, the way that a run encodes them."""
    chosen = encoder or load_encoder(settings.embedding)
    chosen.encode(texts[:8])
    start = time.perf_counter()
    encoding.ours(texts, chosen)
    return len(texts) / (time.perf_counter() - start)


def _texts(dump: Path, settings: tm.Settings) -> Sequence[str]:
    return build_documents(read_dump([dump], tm.ColumnChoice()).products, settings.documents).texts


def _line(row: Mapping[str, Any]) -> str:
    a_thousand = 1000 * row["seconds"] / row["products"]
    together = f"{row['peak_together_mb']:,.0f} MB" if row["peak_together_mb"] else "-"
    return (
        f"{row['products']:>9,}  {row['texts']:>9,}  {row['seconds']:>7,.1f} s  "
        f"{a_thousand:>8.2f} s  {row['peak_mb']:>8,.0f} MB  {together:>11}  "
        f"{' + '.join(map(str, row['topics'])):>8}"
    )


def _stage_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Seconds of each stage on each size, and the power that they grow with."""
    sizes = [row["products"] for row in rows]
    seconds, peaks = zip(*(_by_stage(row["stages"]) for row in rows), strict=True)
    width = max(map(len, seconds[-1]))
    head = "".join(f"{size:>12,}" for size in sizes)
    lines = [f"{'seconds of stages':<{width}}{head}{'exponent':>10}{'peak so far':>13}"]
    for name, peak in peaks[-1].items():
        taken = [found.get(name, 0.0) for found in seconds]
        power = exponent(sizes, taken)
        lines.append(
            f"{name:<{width}}"
            + "".join(f"{each:>12,.1f}" for each in taken)
            + (f"{power:>10.2f}" if power is not None else f"{'-':>10}")
            + (f"{peak:>10,.0f} MB" if peak else f"{'-':>13}")
        )
    return lines


def _by_stage(stages: Sequence[Mapping[str, Any]]) -> tuple[dict[str, float], dict[str, float]]:
    """Name -> seconds, of stages of one name together; and name -> peak in MB at its end."""
    seconds = Counter[str]()
    for stage in stages:
        seconds[stage["name"]] += stage["seconds"]
    return dict(seconds), {stage["name"]: stage.get("peak_mb") or 0.0 for stage in stages}


def _conclusion(record: Mapping[str, Any]) -> str:
    if "share_of_encoding_all" in record:
        return (
            f"{record['share_of_encoding_all']:.2f} times the "
            f"{record['seconds_encoding_all_alone']:,.0f} s that encoding all texts would take "
            f"alone, at {statistics.mean(record['texts_per_second']):,.1f} texts a second"
        )
    power = record["exponent"]
    grows = "one size only" if power is None else f"seconds grow with the power {power:.2f}"
    together = max(row["peak_together_mb"] or row["peak_mb"] for row in record["rows"])
    return f"{grows} of the products; peak memory {together:,.0f} MB, with all child processes"
