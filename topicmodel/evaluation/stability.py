"""How much of each cluster comes back when the clustering is repeated on part of the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Integers


def jaccard_stability(
    reference: Integers, resamples: Sequence[tuple[Integers, Integers]]
) -> dict[int, float]:
    """Clusterwise stability: the mean best Jaccard similarity over resamples.

    After Hennig, "Cluster-wise assessment of cluster stability" (2007). In each resample a
    reference cluster, cut down to the rows that were drawn, is compared with every cluster found
    there, and the best similarity counts. Hennig calls a cluster stable from about 0.75 on, and
    dissolved below 0.5.

    Args:
        reference: (n_rows,), the clusters in question; -1 is none.
        resamples: (rows, labels) of each: the rows of reference that were drawn, and the clusters
            found among them in that order, -1 for none. A row drawn twice counts once.

    Returns:
        0 to 1 for each cluster of reference. Resamples that drew nothing of a cluster don't count
        for it, and a cluster that none drew is left out.

    >>> jaccard_stability(np.array([0, 0, 1, 1]), [(np.array([0, 1, 2]), np.array([5, 5, 9]))])
    {0: 1.0, 1: 1.0}
    """
    labels, clusters = np.unique(reference, return_inverse=True)
    # Outliers sort first, so taking their count off makes them -1 and the first cluster 0.
    n_outlier_labels = np.count_nonzero(labels < 0)
    labels, clusters = labels[n_outlier_labels:], clusters - n_outlier_labels
    total, drawn = np.zeros(len(labels)), np.zeros(len(labels), dtype=np.int64)
    for rows, found in resamples:
        rows, first = np.unique(rows, return_index=True)
        own = clusters[rows]
        total += _best_jaccard(own, np.asarray(found)[first], len(labels))
        drawn[np.unique(own[own >= 0])] += 1
    means = total[drawn > 0] / drawn[drawn > 0]
    return dict(zip(labels[drawn > 0].tolist(), means.tolist(), strict=True))


def _best_jaccard(own: Integers, found: Integers, n_clusters: int) -> npt.NDArray[np.float64]:
    """(n_clusters,), 0 where nothing overlaps; own is below n_clusters, -1 is none in both."""
    from scipy.sparse import coo_matrix

    _, codes = np.unique(found, return_inverse=True)
    codes = np.where(found >= 0, codes, -1)
    both = (own >= 0) & (codes >= 0)
    own_sizes = np.bincount(own[own >= 0], minlength=n_clusters)
    found_sizes = np.bincount(codes[codes >= 0])
    shape = (n_clusters, len(found_sizes))
    ones = np.ones(np.count_nonzero(both), dtype=np.int64)
    overlap = coo_matrix((ones, (own[both], codes[both])), shape=shape).tocsr().tocoo()
    union = own_sizes[overlap.row] + found_sizes[overlap.col] - overlap.data
    best = np.zeros(n_clusters)
    np.maximum.at(best, overlap.row, overlap.data / union)
    return best
