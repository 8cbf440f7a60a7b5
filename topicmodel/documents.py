"""Products -> the distinct texts that are embedded."""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.boilerplate import find_boilerplate, without_boilerplate
from topicmodel.datatypes import Documents, Dump, Integers, Product
from topicmodel.languages import find_languages
from topicmodel.settings import DocumentSettings

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

_TITLE_LENGTH = 80
_MARKUP_ROUNDS = 4
_LONGEST_ADDRESS = 2000
_BRAND_NAMES = frozenset({"brand", "brand name", "brand_name", "manufacturer", "vendor", "maker"})
_COLOUR_NAMES = frozenset(
    {"color", "colour", "colors", "colours", "colour name", "color name", "shade"}
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)(?=[\s/>])[^<>]*>")
_DECLARATION = re.compile(r"<!doctype[^<>]*>|<\?xml[^<>]*>|<!\[CDATA\[|\]\]>", re.IGNORECASE)
_HIDDEN_TAGS = frozenset({"script", "style"})
_INLINE_TAGS = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|"
    "span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
# Office writes <o:p> and web components <my-tag>; a <M> may well be a size, and stays.
_OTHER_TAGS = re.compile(
    "address|article|aside|audio|base|blockquote|body|br|button|canvas|caption|center|col|colgroup|"
    "dd|details|dialog|dir|div|dl|dt|embed|fieldset|figcaption|figure|footer|form|frame|frameset|"
    "h[1-6]|head|header|hgroup|hr|html|iframe|img|input|label|legend|li|link|main|map|menu|meta|"
    "nav|noscript|object|ol|optgroup|option|output|p|param|picture|pre|progress|script|section|"
    "select|source|style|summary|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|"
    "track|ul|video|.*[:-].*"
)
_NO_CHARACTER = re.compile(r"&#\d{8,};?")
"""References to characters that do not exist; html.unescape counts no further than some digits."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
# The mark of a lost character, and private characters, which only an icon font can draw.
_MEANINGLESS = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]+")
_ACCENTS = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
_PILED_UP = re.compile(rf"([{_ACCENTS}]{{30}})[{_ACCENTS}]+")
"""More accents on a letter than Unicode's own limit; to sort them takes the square of that."""
_AROUND = 8
"""Characters beside those beyond ASCII that may be part of mojibake; ftfy looks at up to seven."""
_BEYOND_ASCII = re.compile(rf"[^\0-\x7f](?:[\0-\t\x0b-\x7f]{{0,{2 * _AROUND}}}[^\0-\x7f])*")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    texts = sorted({text for _, text in pairs if text}, key=_digest)
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


def text_digests(texts: Sequence[str]) -> list[str]:
    """What tells whether a text is the same as one of another dump: 16 hexadecimal digits each."""
    return [_digest(text).hex()[:16] for text in texts]


def clean_text(text: str) -> str:
    """A text for people and encoders alike: one line, without markup and without debris.

    Tags go, with all that is within <script> and <style>; entities become characters; mojibake is
    repaired; control, zero-width and direction characters go; whitespace becomes single spaces.
    """
    text = _without_markup(text)
    if not text.isascii():
        text = _repaired(_PILED_UP.sub(r"\1", text))
        text = _MEANINGLESS.sub(" ", text)
    return " ".join(_UNSEEN.sub("", text).split())


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


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _without_markup(text: str) -> str:
    """Text without tags and entities; those that were escaped once more go too."""
    for _ in range(_MARKUP_ROUNDS):
        before = text
        if "<" in text:
            text = _without_tags(_DECLARATION.sub(" ", _without_comments(text)))
        if "&" in text:
            text = html.unescape(_NO_CHARACTER.sub(" ", text))
        if text == before:
            break
    return text


def _without_comments(text: str) -> str:
    parts, position = [], 0
    start, end = text.find("<!--"), -1
    while start >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[position:start])
        position = end + len("-->")
        start = text.find("<!--", position)
    return " ".join((*parts, text[position:]))


def _without_tags(text: str) -> str:
    parts: list[str] = []
    position, hidden_from, hidden_tag = 0, 0, ""
    for match in _TAG.finditer(text):
        closing, tag = match[1], match[2].lower()
        inline = _INLINE_TAGS.fullmatch(tag)
        if not inline and not _OTHER_TAGS.fullmatch(tag):
            continue
        parts += text[position : match.start()], "" if inline else " "
        position = match.end()
        if closing and tag == hidden_tag:
            del parts[hidden_from:]
            hidden_tag = ""
        elif not hidden_tag and tag in _HIDDEN_TAGS and not closing:
            hidden_tag, hidden_from = tag, len(parts)
    return "".join((*parts, text[position:]))


def _repaired(text: str) -> str:
    import ftfy

    return text if _is_sound(text) else ftfy.fix_text(text, _ftfy_config())


def _is_sound(text: str) -> bool:
    """Whether ftfy has nothing to repair; ten times as quick to tell where most is ASCII."""
    from ftfy.badness import is_bad

    if _SURROGATE.search(text) or not unicodedata.is_normalized("NFC", text):
        return False
    return not any(is_bad(_with_neighbours(text, run)) for run in _BEYOND_ASCII.finditer(text))


def _with_neighbours(text: str, run: re.Match[str]) -> str:
    # For ftfy every line is a text of its own, and the start of one is a place of its own.
    start = max(run.start() - _AROUND, text.rfind("\n", 0, run.start()) + 1)
    return text[start : run.end() + _AROUND]


@lru_cache(maxsize=1)
def _ftfy_config() -> TextFixerConfig:
    """Mojibake and composed characters only: the rest is done here, or is the shop's own taste."""
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization="NFC",
    )
