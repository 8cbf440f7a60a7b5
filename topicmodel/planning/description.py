"""A plan as text."""

from __future__ import annotations

from topicmodel.datatypes import Plan

MIN_SHARE_FOR_LINE = 0.05
"""A stage gets its own line when it takes at least this share of the total time."""

MIB = 2**20 / 1e6
"""Millions of bytes in 2**20 bytes."""


def plan_text(plan: Plan) -> str:
    """The plan in a few lines: the longest stages, total time, memory and disk."""
    total = plan.total_seconds
    long_stages = {stage: s for stage, s in plan.seconds.items() if s >= MIN_SHARE_FOR_LINE * total}
    lines = [_line(time_text(seconds), stage) for stage, seconds in long_stages.items()]
    if len(long_stages) < len(plan.seconds):
        lines.append(_line(time_text(total - sum(long_stages.values())), "everything else"))
    lines += [_line(time_text(total), "in all"), _memory_line(plan), *_disk_lines(plan)]
    return "\n".join([f"Plan for {_counts_text(plan)}:", *lines, *plan.hints])


def time_text(seconds: float) -> str:
    """A time in seconds, minutes or hours, rounded as suits an estimate.

    >>> time_text(0.2), time_text(42), time_text(780), time_text(12_345)
    ('1 s', '42 s', '13 min', '3.4 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:,.1f} h"


def size_text(megabytes: float) -> str:
    """A size, given in millions of bytes, in MB or GB.

    >>> size_text(0.2), size_text(640), size_text(12_345)
    ('1 MB', '640 MB', '12.3 GB')
    """
    if megabytes < 1000:
        return f"{max(1, round(megabytes))} MB"
    return f"{megabytes / 1000:,.1f} GB"


def _line(amount: str, what: str) -> str:
    return f"{amount:>9}  {what}"


def _counts_text(plan: Plan) -> str:
    counts = plan.counts
    parts = [f"{counts.n_products:,} products", f"{counts.n_texts:,} distinct texts"]
    if counts.n_new is not None:
        parts.append(f"{counts.n_new:,} of them new")
    return ", ".join([*parts, f"{plan.n_encoded:,} to encode"])


def _memory_line(plan: Plan) -> str:
    helpers = size_text(plan.helpers_mb * MIB)
    beside = f"; {helpers} of it for fits side by side" if plan.helpers_mb else ""
    return _line(size_text(plan.memory_mb * MIB), f"of memory{_free(plan.free.memory)}{beside}")


def _disk_lines(plan: Plan) -> list[str]:
    free = plan.free
    lines = [_line(size_text(plan.run_mb), f"of disk for the run{_free(free.run_disk)}")]
    if plan.cache_mb:
        vectors = f"of disk for new vectors{_free(free.cache_disk)}"
        lines.append(_line(size_text(plan.cache_mb), vectors))
    return lines


def _free(megabytes: float | None) -> str:
    return "" if megabytes is None else f" ({size_text(megabytes)} free)"
