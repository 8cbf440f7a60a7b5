"""The merchandiser's edits: a log of decisions, and its replay on a fitted tree.

The tree that people see is always the fitted tree with the whole log replayed on it. An edit is
never deleted from the log: an undo is an edit too. An edit that a refit makes impossible stays in
the log, and is reported as obsolete with the reason.
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
