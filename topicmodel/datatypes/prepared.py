"""A dump with all that is derived from its texts before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from topicmodel.datatypes.catalogue import Catalogue, Votes
from topicmodel.datatypes.products import DumpReport
from topicmodel.datatypes.texts import Corpus, Documents, Embeddings, TermCounts


@dataclass(frozen=True)
class PreparedDump:
    """A dump, its distinct texts, and their vectors and words."""

    dump: DumpReport
    """How it was read."""
    documents: Documents
    embeddings: Embeddings
    """Of documents.texts."""
    words: TermCounts
    """Of documents.texts."""
    digests: Sequence[str]
    """(n_texts,), what tells whether a text is the same as one of another dump."""
    catalogue: Catalogue | None = None
    """What is known of goods; None where no catalogue is used."""
    votes: Votes | None = None
    """Of documents.texts on the catalogue; None without one."""

    @property
    def corpus(self) -> Corpus:
        """The texts as fits see them.

        Fits may be made on a fair part of what the encoder has read; on all of it where no student
        stood in for the encoder.
        """
        cascade = self.embeddings.cascade
        may_fit = None if cascade is None else cascade.sampled
        return Corpus(self.embeddings.vectors, self.words, may_fit, self.votes)
