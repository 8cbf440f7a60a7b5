"""Products -> the distinct texts that are embedded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from topicmodel.boilerplate import find_boilerplate, without_boilerplate
from topicmodel.datatypes import Documents, Dump, Integers, Product
from topicmodel.settings import DocumentSettings
from topicmodel.text.cleaning import clean_text
from topicmodel.text.digests import text_digest
from topicmodel.text.languages import find_languages

_TITLE_LENGTH = 80
_LONGEST_ADDRESS = 2000
_BRAND_NAMES = frozenset({"brand", "brand name", "brand_name", "manufacturer", "vendor", "maker"})
_COLOUR_NAMES = frozenset(
    {"color", "colour", "colors", "colours", "colour name", "color name", "shade"}
)


def build_documents(
    dump: Dump, settings: DocumentSettings, boilerplate: frozenset[str] | None = None
) -> Documents:
    """Clean every product's title and description and fold equal texts into one.

    A text is the title, the chosen attributes and the description, cut to
    `settings.max_characters` at a word; sentences of the shop are dropped where the settings say
    so, but never the whole text. Texts are ordered by their sha256, so that neither the order nor
    the number of the products that share one matters. A product without a title goes by the start
    of its description, or else by its id.

    Args:
        dump: the products.
        settings: what makes a text.
        boilerplate: patterns that an earlier dump of the shop has shown, in place of what this one
            shows: so a product that has not changed has the same text.
    """
    if boilerplate is None:
        boilerplate = _find_boilerplate(dump.products) if settings.drop_boilerplate else frozenset()
    pairs = [_title_and_text(product, boilerplate, settings) for product in dump.products]
    texts = sorted({text for _, text in pairs if text}, key=text_digest)
    rows = {text: row for row, text in enumerate(texts)}
    text_of_product = np.array([rows.get(text, -1) for _, text in pairs], dtype=np.int64)
    product_ids = [_copied(product.id) for product in dump.products]
    return Documents(
        product_ids=product_ids,
        titles=[title for title, _ in pairs],
        texts=texts,
        text_of_product=text_of_product,
        product_of_text=_first_products(product_ids, text_of_product, len(texts)),
        brands=[_values(product, _BRAND_NAMES) for product in dump.products],
        colours=[", ".join(_values(product, _COLOUR_NAMES)) for product in dump.products],
        attributes=[_as_json(product.attributes) for product in dump.products],
        languages=find_languages(texts),
        labels=[product.label for product in dump.products],
        boilerplate=boilerplate,
        images=[_picture(product) for product in dump.products],
    )


def _first_products(product_ids: Sequence[str], rows: Integers, n_texts: int) -> Integers:
    """Row of the product with the first id of each text, whatever the order of the products."""
    first = np.full(n_texts, -1, dtype=np.int64)
    for product in sorted(range(len(product_ids)), key=lambda row: product_ids[row], reverse=True):
        if rows[product] >= 0:
            first[rows[product]] = product
    return first


def _values(product: Product, names: frozenset[str]) -> tuple[str, ...]:
    """Distinct values of the attributes of these names, cleaned."""
    found = (
        _clean_value(value)
        for name, value in product.attributes.items()
        if name.casefold() in names
    )
    return tuple(dict.fromkeys(filter(None, found)))


@lru_cache(maxsize=65_536)
def _clean_value(value: str) -> str:
    # Many products share a brand: so they share one string, too.
    return clean_text(value)


def _picture(product: Product) -> str:
    # Whatever is longer is a picture itself, as some dumps have them, and no name of one.
    return _copied(product.image) if len(product.image) <= _LONGEST_ADDRESS else ""


def _copied(text: str) -> str:
    # The text itself, once the dump is dropped, would be all that is left of a block of memory
    # that Python could give back otherwise.
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def _as_json(attributes: Mapping[str, str]) -> str:
    return json.dumps(dict(attributes)) if attributes else ""


def _find_boilerplate(products: Sequence[Product]) -> frozenset[str]:
    return find_boilerplate(
        [(clean_text(row.title), clean_text(row.description)) for row in products]
    )


def _title_and_text(
    product: Product, boilerplate: frozenset[str], settings: DocumentSettings
) -> tuple[str, str]:
    title, description = clean_text(product.title), clean_text(product.description)
    shown = title or _cut(description, _TITLE_LENGTH) or product.id
    description = without_boilerplate(title, description, boilerplate)
    attributes = list(_chosen_attributes(product, settings.attributes))
    text = _sentences(_parts(title, attributes, description))
    return shown, _cut(text, settings.max_characters)


def _parts(title: str, attributes: list[str], description: str) -> tuple[str, ...]:
    """What a text is made of; a description that opens with the title does not repeat it."""
    if not _begins_with(description, title):
        return (title, *attributes, description)
    if not attributes:
        return (description,)
    return (title, *attributes, description[len(title) :].lstrip(" .,:;!-"))


def _begins_with(description: str, title: str) -> bool:
    long, short = description.casefold(), title.casefold()
    return long.startswith(short) and not long[len(short) : len(short) + 1].isalnum()


def _chosen_attributes(product: Product, chosen: tuple[str, ...]) -> Iterator[str]:
    wanted = {name.casefold() for name in chosen}
    for name, value in sorted(product.attributes.items()) if wanted else ():
        cleaned = clean_text(value)
        if cleaned and ("*" in wanted or name.casefold() in wanted):
            yield f"{clean_text(name)}: {cleaned}"


def _sentences(parts: Iterable[str]) -> str:
    text = ""
    for part in filter(None, parts):
        separator = " " if text.endswith((".", "!", "?", ":")) else ". "
        text = f"{text}{separator}{part}" if text else part
    return text


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    # A text without spaces, as Chinese has, is cut where it must be.
    at_word = text.rfind(" ", length // 2, length + 1)
    return text[: at_word if at_word > 0 else length].rstrip()
