"""The catalogue of a run, and what its texts have to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.choice import catalogue_of
from topicmodel.catalogue.examples import with_examples
from topicmodel.catalogue.knowledge import ENOUGH
from topicmodel.catalogue.shares import with_families
from topicmodel.catalogue.translations import ENGLISH, main_language, translator
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
from topicmodel.text.varieties import with_varieties

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


def record_of_use(
    prepared: PreparedDump, levels: Levels, settings: Settings, before: CatalogueRecord | None
) -> CatalogueRecord | None:
    """What the manifest says of the catalogue; None where there was none.

    Args:
        prepared: the dump.
        levels: of its texts.
        settings: of the run.
        before: what the run says that this one continues, if there is one.
    """
    if prepared.catalogue is None:
        return None
    record = CatalogueRecord(
        source=prepared.catalogue.source,
        digest=prepared.catalogue.digest,
        used=levels.by_catalogue,
        known_share=levels.known_share,
        needed_share=ENOUGH,
    )
    return _with_language(record, prepared.catalogue, prepared.documents, settings, before)


def _with_language(
    record: CatalogueRecord,
    catalogue: Catalogue,
    documents: Documents,
    settings: Settings,
    before: CatalogueRecord | None,
) -> CatalogueRecord:
    """The record with the language of the catalogue's names.

    It is the one of the settings, or of the previous run, whose names are kept, or of most texts.
    """
    if catalogue.source != BUNDLED:
        return record
    languages = with_varieties(documents.texts, documents.languages)
    wanted, decided_by = main_language(languages), "texts"
    if settings.catalogue.language != "auto":
        wanted, decided_by = settings.catalogue.language, "settings"
    elif before is not None and before.language is not None and before.used is not False:
        wanted, decided_by = before.language, "previous run"
    names = translator(catalogue, [wanted])
    return replace(
        record,
        language=names.language if names and record.used else None,
        shop_language=wanted,
        language_by=decided_by,
        language_share=languages.count(wanted) / max(len(languages), 1),
    )


def shop_catalogue(
    levels: Levels, prepared: PreparedDump, use: CatalogueRecord | None
) -> ShopCatalogue | None:
    """The catalogue as it can name the topics.

    None where they do not follow it, or where it has no names in the shop's language.

    Args:
        levels: of the texts.
        prepared: the dump.
        use: what `record_of_use` says of the catalogue, such as the language of its names.
    """
    from topicmodel.naming.catalogue_names import ShopCatalogue

    catalogue, votes = prepared.catalogue, prepared.votes
    if use is None or catalogue is None or votes is None or not levels.by_catalogue:
        return None
    translate = translator(catalogue, [use.shop_language] if use.shop_language else [])
    if translate is None:
        return None
    # Goods are not translated, and those of a menu are examples from elsewhere.
    return ShopCatalogue(catalogue, votes, translate, has_goods=translate.language == ENGLISH)


def tell_families(tree: Tree, prepared: PreparedDump, levels: Levels) -> Tree:
    """The tree with the families of each category, where it follows the catalogue."""
    if prepared.catalogue is None or prepared.votes is None or not levels.by_catalogue:
        return tree
    documents = prepared.documents
    rows: Mapping[str, int] = dict(
        zip(documents.products.ids, documents.text_of_product.tolist(), strict=True)
    )
    return with_families(tree, prepared.catalogue, prepared.votes, rows)
