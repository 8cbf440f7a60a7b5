"""The merchandiser's edits: a log of decisions, and its replay on a fitted tree.

The tree that people see is always the fitted one with the whole log replayed on it, from its start.
An edit is never taken out of the log: an undo is an edit itself. What a refit makes impossible is
reported with its reason, and left in the log.
"""

from topicmodel.edits.checks import check_edit, find_topic
from topicmodel.edits.log import format_edits, parse_edits
from topicmodel.edits.replay import Edited, apply_edits
from topicmodel.edits.routing import route

__all__ = [
    "Edited",
    "apply_edits",
    "check_edit",
    "find_topic",
    "format_edits",
    "parse_edits",
    "route",
]
