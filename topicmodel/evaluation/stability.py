"""How much of each cluster is found again when a part of the rows is clustered again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers


def jaccard_stability(
    reference: Integers, resamples: Sequence[tuple[Integers, Integers]]
) -> dict[int, float]:
    """Clusterwise stability: the mean best Jaccard similarity over resamples.

    After Hennig, "Cluster-wise assessment of cluster stability" (2007). In each resample, the drawn
    rows of a reference cluster are compared with every cluster found there, and the highest
    similarity counts. Hennig calls a cluster stable from about 0.75 on, and dissolved below 0.5.

    Args:
        reference: (n_rows,), cluster of each row; -1 for none.
        resamples: for each resample, the drawn rows of reference, (n_drawn,), and the cluster found
            for each of them, (n_drawn,), -1 for none. A row that is drawn twice counts once.

    Returns:
        Cluster -> stability, 0 to 1. Only the resamples that contain a row of the cluster count; a
        cluster without rows in any resample is left out.

    >>> jaccard_stability(np.array([0, 0, 1, 1]), [(np.array([0, 1, 2]), np.array([5, 5, 9]))])
    {0: 1.0, 1: 1.0}
    """
    labels, clusters = np.unique(reference, return_inverse=True)
    # Outliers sort first; subtracting their count gives them -1 and the first cluster 0.
    n_outlier_labels = np.count_nonzero(labels < 0)
    labels, clusters = labels[n_outlier_labels:], clusters - n_outlier_labels
    total, drawn = np.zeros(len(labels)), np.zeros(len(labels), dtype=np.int64)
    for rows, resampled in resamples:
        rows, first = np.unique(rows, return_index=True)
        expected = clusters[rows]
        total += _best_jaccard(expected, np.asarray(resampled)[first], len(labels))
        drawn[np.unique(expected[expected >= 0])] += 1
    means = total[drawn > 0] / drawn[drawn > 0]
    return dict(zip(labels[drawn > 0].tolist(), means.tolist(), strict=True))


def _best_jaccard(
    expected: Integers, resampled: Integers, n_clusters: int
) -> npt.NDArray[np.float64]:
    """Highest Jaccard similarity of each expected cluster with a resampled one.

    Args:
        expected: (n_drawn,), cluster of each drawn row, below n_clusters; -1 for none.
        resampled: (n_drawn,), cluster found for each drawn row; -1 for none.

    Returns:
        (n_clusters,), 0 to 1; 0 where no row is shared.
    """
    from scipy.sparse import coo_matrix

    _, codes = np.unique(resampled, return_inverse=True)
    codes = np.where(resampled >= 0, codes, -1)
    both = (expected >= 0) & (codes >= 0)
    expected_sizes = np.bincount(expected[expected >= 0], minlength=n_clusters)
    resampled_sizes = np.bincount(codes[codes >= 0])
    shape = (n_clusters, len(resampled_sizes))
    ones = np.ones(np.count_nonzero(both), dtype=np.int64)
    overlap = coo_matrix((ones, (expected[both], codes[both])), shape=shape).tocsr().tocoo()
    union = expected_sizes[overlap.row] + resampled_sizes[overlap.col] - overlap.data
    best = np.zeros(n_clusters)
    np.maximum.at(best, overlap.row, overlap.data / union)
    return best
