"""A run kept in memory that places texts as they come: for Spark, a queue or a web service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Documents, Encoder, Products, Run
from topicmodel.edits.runs import route_products
from topicmodel.embedding import Embedder
from topicmodel.errors import RunError
from topicmodel.execution import HERE
from topicmodel.placement.blocks import BlockPlacer, check_encoder
from topicmodel.progress import Silent
from topicmodel.workflows.provenance import settings_of
from topicmodel.workflows.saved_runs import load


@dataclass(frozen=True)
class Placer:
    """Puts texts onto the tree of a run; made by `placer`, and called with batches of any size."""

    run: Run
    encoder: Encoder

    def __call__(
        self, titles: Iterable[Any], descriptions: Iterable[Any] | None = None
    ) -> dict[str, npt.NDArray[Any]]:
        """The columns of a mapping of products, each (n_texts,), in the order of the titles.

        Texts are cleaned, encoded and placed as `assign` does it, edits included. What needs more
        than the texts of the batch stays out: pins by id or attribute, and the finding of new
        kinds.

        Args:
            titles: text; None, or what is no text, counts as empty.
            descriptions: as many as titles; none unless given.

        Returns:
            `level1_id`, `level1_name`, `level2_id`, `level2_name` (None where there is none),
            `confidence` (0 to 1) and `method`.

        Raises:
            EncoderError: the encoder cannot be loaded.
        """
        from topicmodel.embedding import VectorCache, encode_on
        from topicmodel.embedding.cache import IN_MEMORY
        from topicmodel.store import assignment_columns

        documents = self._documents(list(titles), descriptions)
        with VectorCache(IN_MEMORY) as cache:
            embed = Embedder(self.encoder, cache, encode_on(HERE, self.encoder))
            placer = BlockPlacer(self.run, embed, HERE, Silent())
            no_new_groups = np.zeros((0, placer.n_dims), dtype=np.float32)
            (block,) = placer.place(iter([documents]), no_new_groups)
        assignments = route_products(self.run, documents, block.assignments)
        columns = assignment_columns(assignments, self.run.taxonomy)
        del columns["product_id"]
        return {
            name: values if name == "confidence" else np.array(values, dtype=object)
            for name, values in columns.items()
        }

    def _documents(self, titles: Sequence[Any], descriptions: Iterable[Any] | None) -> Documents:
        from topicmodel.documents import build_documents

        bodies = [""] * len(titles) if descriptions is None else list(descriptions)
        products = Products(
            # Ids that no product has, so that no pin is for them.
            ids=[f"\0{row}" for row in range(len(titles))],
            titles=list(map(_text, titles)),
            attributes=[""] * len(titles),
            descriptions=list(map(_text, bodies)),
        )
        return build_documents(products, settings_of(self.run).documents, self.run.boilerplate)


def placer(folder: Path | str, encoder: Encoder | None = None) -> Placer:
    """A run and its encoder, loaded once, to place many batches of texts.

    Args:
        folder: the run.
        encoder: the one that the run was made with, unless given.

    Raises:
        EncoderError: the encoder cannot be found, or is not the one of the run.
        RunError: there is no run, or its texts hold attributes, which are not at hand here.
    """
    from topicmodel.embedding import load_encoder

    run = load(folder)
    if settings_of(run).documents.attributes:
        raise RunError(
            f"The texts of {folder} hold attributes (documents.attributes), which a placer is not "
            "given. Use `topicmodel assign`."
        )
    chosen = encoder or load_encoder(settings_of(run).embedding)
    check_encoder(run, chosen)
    return Placer(run, chosen)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
