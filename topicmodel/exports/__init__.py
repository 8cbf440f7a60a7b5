"""The mapping and the tree of a run for other systems: files of several formats, and databases."""

from topicmodel.exports.mapping import open_mapping, open_rejects, read_mapping, write_tree
from topicmodel.exports.tables import check_table, write_table
from topicmodel.exports.targets import Targets, check_out, open_targets

__all__ = [
    "Targets",
    "check_out",
    "check_table",
    "open_mapping",
    "open_rejects",
    "open_targets",
    "read_mapping",
    "write_table",
    "write_tree",
]
