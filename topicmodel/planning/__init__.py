"""Estimates of the time, memory and disk that a run needs, made before the run starts."""

from topicmodel.planning.description import plan_text
from topicmodel.planning.estimates import check_plan, make_plan
from topicmodel.planning.machine import (
    MIN_TEXTS_FOR_TRIAL,
    Trial,
    find_free_resources,
    try_encoder,
    try_machine,
)
from topicmodel.planning.workload import n_to_encode

__all__ = [
    "MIN_TEXTS_FOR_TRIAL",
    "Trial",
    "check_plan",
    "find_free_resources",
    "make_plan",
    "n_to_encode",
    "plan_text",
    "try_encoder",
    "try_machine",
]
