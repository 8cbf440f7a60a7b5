"""The verbs of the program. The only place that strings stages together."""

from topicmodel.workflows.assigning import Assigned, assign
from topicmodel.workflows.caches import cache_info, clear_cache
from topicmodel.workflows.dry_run import plan
from topicmodel.workflows.editing import accept_edits, edit
from topicmodel.workflows.evaluating import evaluate
from topicmodel.workflows.exporting import Exported, export
from topicmodel.workflows.fitting import fit, sample_path
from topicmodel.workflows.refitting import refit
from topicmodel.workflows.saved_runs import load, names, report, save, verify
from topicmodel.workflows.serving import Placer, placer

__all__ = [
    "Assigned",
    "Exported",
    "Placer",
    "accept_edits",
    "assign",
    "cache_info",
    "clear_cache",
    "edit",
    "evaluate",
    "export",
    "fit",
    "load",
    "names",
    "placer",
    "plan",
    "refit",
    "report",
    "sample_path",
    "save",
    "verify",
]
