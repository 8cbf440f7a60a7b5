"""The values that pass between the stages. All are frozen; none is changed in place.

Row numbers never leave a value: products are known by their id, topics by their `TopicId`.
Inside a value, arrays run in the order of its products or of its distinct texts, as each says.
"""

from topicmodel.datatypes.arrays import Flags, Floats, Integers
from topicmodel.datatypes.catalogue import BUNDLED, Catalogue, Family, Votes
from topicmodel.datatypes.change_report import (
    Action,
    ChangeReport,
    Edit,
    EditOutcome,
    EditStatus,
    Flow,
    PastRun,
    ProductChange,
    ProductChanges,
    Relation,
    Snapshot,
    TopicChange,
)
from topicmodel.datatypes.clusters import (
    FormerNames,
    Level,
    Levels,
    Names,
    Placement,
    Resample,
    TopicDescription,
    TopicIds,
)
from topicmodel.datatypes.manifest import (
    BoilerplateRecord,
    CascadeRecord,
    CatalogueRecord,
    ChosenColumns,
    DumpRecord,
    LanguageModelRecord,
    Manifest,
    StageRecord,
)
from topicmodel.datatypes.plan import Counts, FreeResources, Machine, Plan, RunKind
from topicmodel.datatypes.prepared import PreparedDump
from topicmodel.datatypes.products import (
    Dump,
    DumpReport,
    Product,
    Products,
    Reject,
    attributes_as_json,
    attributes_from_json,
    place_in_words,
)
from topicmodel.datatypes.run import Run
from topicmodel.datatypes.scores import Metric, Scorecard
from topicmodel.datatypes.sql import Query, Table, TableCounts, query_from
from topicmodel.datatypes.stages import Stage
from topicmodel.datatypes.texts import Cascade, Corpus, Documents, Embeddings, Encoder, TermCounts
from topicmodel.datatypes.tree import Assignments, Landmarks, Method, Taxonomy, Topic, TopicId, Tree

__all__ = [
    "BUNDLED",
    "Action",
    "Assignments",
    "BoilerplateRecord",
    "Cascade",
    "CascadeRecord",
    "Catalogue",
    "CatalogueRecord",
    "ChangeReport",
    "ChosenColumns",
    "Corpus",
    "Counts",
    "Documents",
    "Dump",
    "DumpRecord",
    "DumpReport",
    "Edit",
    "EditOutcome",
    "EditStatus",
    "Embeddings",
    "Encoder",
    "Family",
    "Flags",
    "Floats",
    "Flow",
    "FormerNames",
    "FreeResources",
    "Integers",
    "Landmarks",
    "LanguageModelRecord",
    "Level",
    "Levels",
    "Machine",
    "Manifest",
    "Method",
    "Metric",
    "Names",
    "PastRun",
    "Placement",
    "Plan",
    "PreparedDump",
    "Product",
    "ProductChange",
    "ProductChanges",
    "Products",
    "Query",
    "Reject",
    "Relation",
    "Resample",
    "Run",
    "RunKind",
    "Scorecard",
    "Snapshot",
    "Stage",
    "StageRecord",
    "Table",
    "TableCounts",
    "Taxonomy",
    "TermCounts",
    "Topic",
    "TopicChange",
    "TopicDescription",
    "TopicId",
    "TopicIds",
    "Tree",
    "Votes",
    "attributes_as_json",
    "attributes_from_json",
    "place_in_words",
    "query_from",
]
