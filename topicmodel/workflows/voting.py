"""The catalogue of a run, and what its texts have to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.choice import catalogue_of
from topicmodel.catalogue.examples import with_examples
from topicmodel.catalogue.knowledge import ENOUGH
from topicmodel.catalogue.shares import with_families
from topicmodel.catalogue.translations import main_language, translator
from topicmodel.catalogue.voting import vote
from topicmodel.datatypes import (
    BUNDLED,
    Catalogue,
    CatalogueRecord,
    Documents,
    Embeddings,
    Levels,
    PreparedDump,
    Stage,
    Tree,
    Votes,
)
from topicmodel.embedding import Embed, silently
from topicmodel.progress import Progress
from topicmodel.settings import Settings

if TYPE_CHECKING:
    from topicmodel.naming.catalogue_names import ShopCatalogue


def ask_catalogue(
    documents: Documents,
    embeddings: Embeddings,
    settings: Settings,
    embed: Embed,
    progress: Progress,
) -> tuple[Catalogue, Votes] | tuple[None, None]:
    """The catalogue that the settings name, and the votes of the texts on it; None without one.

    Args:
        documents: the texts.
        embeddings: of the texts.
        settings: of the run.
        embed: gives the vectors of the goods; they are kept in the cache as those of texts are.
        progress: told about the stage.

    Raises:
        EncoderError: the encoder cannot be used.
        MenuError: the user's menu cannot be read.
    """
    catalogue = catalogue_of(settings.catalogue)
    if catalogue is None:
        return None, None
    progress.stage(Stage.COMPARING_WITH_GOODS)
    encode = silently(embed)
    catalogue = with_examples(catalogue, bundled_catalogue(), encode)
    goods = encode([good for family in catalogue.families for good in family.goods])
    titles = [documents.products.titles[row] for row in documents.product_of_text.tolist()]
    return catalogue, vote(embeddings.vectors, titles, catalogue, goods)


def record_of_use(prepared: PreparedDump, levels: Levels) -> CatalogueRecord | None:
    """What the manifest says of the catalogue; None where there was none."""
    if prepared.catalogue is None:
        return None
    return CatalogueRecord(
        source=prepared.catalogue.source,
        digest=prepared.catalogue.digest,
        used=levels.by_catalogue,
        known_share=levels.known_share,
        needed_share=ENOUGH,
    )


def shop_catalogue(levels: Levels, prepared: PreparedDump) -> ShopCatalogue | None:
    """The catalogue as it can name the topics.

    None where they do not follow it, or where it has no names in the shop's language.
    """
    from topicmodel.naming.catalogue_names import ShopCatalogue

    catalogue, votes = prepared.catalogue, prepared.votes
    if catalogue is None or votes is None or not levels.by_catalogue:
        return None
    languages = prepared.documents.languages
    translate = translator(catalogue, languages)
    if translate is None:
        return None
    # Goods are in English, and a menu's are examples that come from elsewhere.
    has_goods = catalogue.source == BUNDLED and main_language(languages) == "en"
    return ShopCatalogue(catalogue, votes, translate, has_goods)


def tell_families(tree: Tree, prepared: PreparedDump, levels: Levels) -> Tree:
    """The tree with the families of each category, where it follows the catalogue."""
    if prepared.catalogue is None or prepared.votes is None or not levels.by_catalogue:
        return tree
    documents = prepared.documents
    rows: Mapping[str, int] = dict(
        zip(documents.products.ids, documents.text_of_product.tolist(), strict=True)
    )
    return with_families(tree, prepared.catalogue, prepared.votes, rows)
