"""Products -> the distinct texts that are embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from topicmodel.datatypes import Documents, Integers, Products, attributes_from_json
from topicmodel.settings import DocumentSettings
from topicmodel.text.boilerplate import Boilerplate, find_boilerplate
from topicmodel.text.cleaning import clean_text
from topicmodel.text.digests import text_digest
from topicmodel.text.languages import find_languages

_TITLE_LENGTH = 80
"""Maximum characters of a title that is the start of a description."""
_LONGEST_ADDRESS = 2000
"""Maximum characters of the address of a picture."""


def build_documents(
    products: Products, settings: DocumentSettings, boilerplate: Sequence[str] | None = None
) -> Documents:
    """Clean every product's title and description and fold equal texts into one.

    A text is the title, the chosen attributes and the description, cut to
    `settings.max_characters` at a word. Sentences that unlike products share are left out of the
    description, where the settings say so; a product that has nothing else to say gets no text.
    Texts are ordered by their sha256, so that neither the order nor the number of the products that
    share one matters. A product without a title is shown under the start of its description, or
    else under its id.

    Args:
        products: as the shop wrote them.
        settings: what makes a text.
        boilerplate: patterns of the sentences that unlike products share; found in these products
            where it is None.
    """
    if not settings.drop_boilerplate:
        boilerplate = ()
    elif boilerplate is None:
        boilerplate = find_boilerplate((row.title, row.description) for row in _rows(products))
    shared = Boilerplate(boilerplate)
    cleaned = [_clean(row, settings, shared) for row in _rows(products)]
    texts = sorted({row.text for row in cleaned if row.text}, key=text_digest)
    rows = {text: row for row, text in enumerate(texts)}
    text_of_product = np.array([rows.get(row.text, -1) for row in cleaned], dtype=np.int64)
    shown = _shown(products, [row.title for row in cleaned])
    return Documents(
        products=shown,
        texts=texts,
        text_of_product=text_of_product,
        product_of_text=_first_products(shown.ids, text_of_product, len(texts)),
        languages=find_languages(texts),
        boilerplate=boilerplate,
        n_stripped=sum(row.is_stripped for row in cleaned),
    )


def _first_products(product_ids: Sequence[str], rows: Integers, n_texts: int) -> Integers:
    """(n_texts,), row of the product that represents each text: the one with the lowest id."""
    first = np.full(n_texts, -1, dtype=np.int64)
    for product in sorted(range(len(product_ids)), key=lambda row: product_ids[row], reverse=True):
        if rows[product] >= 0:
            first[rows[product]] = product
    return first


@dataclass(frozen=True, slots=True)
class _Row:
    """The columns of a product that its text is made of, as the shop wrote them."""

    id: str
    title: str
    description: str
    attributes: str
    """As a JSON object; "" where there are none."""


def _rows(products: Products) -> Iterator[_Row]:
    descriptions = products.descriptions or repeat("", len(products))
    columns = (products.ids, products.titles, descriptions, products.attributes)
    return map(_Row, *columns)


def _shown(products: Products, titles: Sequence[str]) -> Products:
    """The products with these titles, without their descriptions, which are part of the texts."""
    return Products(
        ids=_copied(products.ids),
        titles=titles,
        attributes=_copied(products.attributes),
        images=_copied(_picture(image) for image in products.images),
        true_paths=products.true_paths,
    )


def _picture(image: str) -> str:
    # A longer value is not an address but the picture itself, which some dumps contain.
    return image if len(image) <= _LONGEST_ADDRESS else ""


def _copied(texts: Iterable[str]) -> list[str]:
    # Copies let Python free the memory of the dump, whose blocks the original strings would hold.
    return [
        text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass") for text in texts
    ]


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """A product's title as it is shown, and its text."""

    title: str
    text: str
    is_stripped: bool
    """Whether something is left out of the text that unlike products share."""


def _clean(row: _Row, settings: DocumentSettings, boilerplate: Boilerplate) -> _Cleaned:
    title, description = clean_text(row.title), clean_text(row.description)
    rest = boilerplate.stripped(title, description)
    told = description if rest is None else rest
    attributes = list(_chosen_attributes(row.attributes, settings.attributes))
    text = _sentences(_parts(title, attributes, told))
    if rest is not None and not any(map(str.isalpha, text)):
        text = ""
    shown = title or _cut(told, _TITLE_LENGTH) or _cut(description, _TITLE_LENGTH) or row.id
    return _Cleaned(shown, _cut(text, settings.max_characters), rest is not None)


def _parts(title: str, attributes: list[str], description: str) -> tuple[str, ...]:
    """The parts of a text; if the description begins with the title, that is not repeated."""
    if not _begins_with(description, title):
        return (title, *attributes, description)
    if not attributes:
        return (description,)
    return (title, *attributes, description[len(title) :].lstrip(" .,:;!-"))


def _begins_with(description: str, title: str) -> bool:
    long, short = description.casefold(), title.casefold()
    return long.startswith(short) and not long[len(short) : len(short) + 1].isalnum()


def _chosen_attributes(attributes: str, chosen: tuple[str, ...]) -> Iterator[str]:
    wanted = {name.casefold() for name in chosen}
    for name, value in sorted(attributes_from_json(attributes).items()) if wanted else ():
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
    # A text without spaces, such as a Chinese one, is cut within a word.
    at_word = text.rfind(" ", length // 2, length + 1)
    return text[: at_word if at_word > 0 else length].rstrip()
