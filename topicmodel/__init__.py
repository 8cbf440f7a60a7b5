"""Turns a dump of product descriptions into a two-level category tree with names and a report.

    import topicmodel as tm

    run = tm.fit("products.jsonl.gz", out="reports/products")
    for topic in run.taxonomy.level1:
        print(topic.name, topic.size)

Nothing heavy is imported before a verb that needs it is called.
"""

from topicmodel.datatypes import (
    Assignments,
    ChangeReport,
    Edit,
    Encoder,
    Manifest,
    Metric,
    Plan,
    Query,
    Run,
    Scorecard,
    Table,
    TableCounts,
    Taxonomy,
    Topic,
    TopicId,
)
from topicmodel.errors import (
    DatabaseError,
    DumpError,
    EncoderError,
    MenuError,
    PlanError,
    RunError,
    ScalingError,
    SettingsError,
    TopicModelError,
)
from topicmodel.ingest import ColumnChoice
from topicmodel.settings import (
    ReportSettings,
    ScalingSettings,
    Settings,
    load_settings,
    settings_as_toml,
)
from topicmodel.workflows import (
    Assigned,
    Exported,
    Placer,
    accept_edits,
    assign,
    cache_info,
    clear_cache,
    edit,
    evaluate,
    export,
    fit,
    load,
    names,
    placer,
    plan,
    refit,
    report,
    sample_path,
    save,
    verify,
)

__version__ = "0.1.0"

__all__ = [
    "Assigned",
    "Assignments",
    "ChangeReport",
    "ColumnChoice",
    "DatabaseError",
    "DumpError",
    "Edit",
    "Encoder",
    "EncoderError",
    "Exported",
    "Manifest",
    "MenuError",
    "Metric",
    "Placer",
    "Plan",
    "PlanError",
    "Query",
    "ReportSettings",
    "Run",
    "RunError",
    "ScalingError",
    "ScalingSettings",
    "Scorecard",
    "Settings",
    "SettingsError",
    "Table",
    "TableCounts",
    "Taxonomy",
    "Topic",
    "TopicId",
    "TopicModelError",
    "accept_edits",
    "assign",
    "cache_info",
    "clear_cache",
    "edit",
    "evaluate",
    "export",
    "fit",
    "load",
    "load_settings",
    "names",
    "placer",
    "plan",
    "refit",
    "report",
    "sample_path",
    "save",
    "settings_as_toml",
    "verify",
]
