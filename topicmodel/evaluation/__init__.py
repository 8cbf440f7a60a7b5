"""How good a tree is: metrics as pure functions, and the figures of a scorecard."""

from topicmodel.evaluation.intrinsic import (
    TextEvidence,
    npmi,
    score_without_truth,
    silhouette,
    topic_diversity,
)
from topicmodel.evaluation.metrics import metric, topic_stability
from topicmodel.evaluation.name_metrics import (
    head_noun,
    head_noun_share,
    name_retrieval,
    name_uniqueness,
    score_names,
)
from topicmodel.evaluation.partitions import (
    adjusted_mutual_information,
    adjusted_rand_index,
    purity,
    v_measure,
)
from topicmodel.evaluation.stability import jaccard_stability
from topicmodel.evaluation.truth import (
    ConfidenceBin,
    HierarchicalScores,
    accuracy_by_confidence,
    hierarchical_scores,
    score_against_truth,
)

__all__ = [
    "ConfidenceBin",
    "HierarchicalScores",
    "TextEvidence",
    "accuracy_by_confidence",
    "adjusted_mutual_information",
    "adjusted_rand_index",
    "head_noun",
    "head_noun_share",
    "hierarchical_scores",
    "jaccard_stability",
    "metric",
    "name_retrieval",
    "name_uniqueness",
    "npmi",
    "purity",
    "score_against_truth",
    "score_names",
    "score_without_truth",
    "silhouette",
    "topic_diversity",
    "topic_stability",
    "v_measure",
]
