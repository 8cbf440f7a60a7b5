"""What a run will take, from what is known before the work: time, memory and disk."""

from topicmodel.planning.description import plan_text
from topicmodel.planning.estimates import check_plan, make_plan
from topicmodel.planning.machine import (
    WORTH_A_TRIAL,
    Trial,
    look_around,
    try_encoder,
    try_machine,
)
from topicmodel.planning.workload import n_to_encode

__all__ = [
    "WORTH_A_TRIAL",
    "Trial",
    "check_plan",
    "look_around",
    "make_plan",
    "n_to_encode",
    "plan_text",
    "try_encoder",
    "try_machine",
]
