"""Texts for people and encoders alike: without markup, broken characters and invisible ones."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

_MARKUP_ROUNDS = 4
"""Maximum number of times that markup is removed, as escaped entities may hide more of it."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)(?=[\s/>])[^<>]*>")

_DECLARATION = re.compile(r"<!doctype[^<>]*>|<\?xml[^<>]*>|<!\[CDATA\[|\]\]>", re.IGNORECASE)

_HIDDEN_TAGS = frozenset({"script", "style"})

_INLINE_TAGS = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|"
    "span|strike|strong|sub|sup|time|tt|u|var|wbr"
)

# Office writes <o:p> and web components <my-tag>; others, such as <M>, may be text and stay.
_OTHER_TAGS = re.compile(
    "address|article|aside|audio|base|blockquote|body|br|button|canvas|caption|center|col|colgroup|"
    "dd|details|dialog|dir|div|dl|dt|embed|fieldset|figcaption|figure|footer|form|frame|frameset|"
    "h[1-6]|head|header|hgroup|hr|html|iframe|img|input|label|legend|li|link|main|map|menu|meta|"
    "nav|noscript|object|ol|optgroup|option|output|p|param|picture|pre|progress|script|section|"
    "select|source|style|summary|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|"
    "track|ul|video|.*[:-].*"
)

_NO_CHARACTER = re.compile(r"&#\d{8,};?")
"""References to characters that do not exist; html.unescape raises an error for very long
numbers."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)

# The replacement character, and private-use characters, which only an icon font can draw.
_MEANINGLESS = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]+")

_ACCENTS = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))

_PILED_UP = re.compile(rf"([{_ACCENTS}]{{30}})[{_ACCENTS}]+")
"""More accents on a letter than the 30 that Unicode allows; the time to normalise them grows with
the square of their number."""

_AROUND = 8
"""Characters on each side of a non-ASCII one that may belong to the same mojibake; ftfy looks at up
to seven."""

_BEYOND_ASCII = re.compile(rf"[^\0-\x7f](?:[\0-\t\x0b-\x7f]{{0,{2 * _AROUND}}}[^\0-\x7f])*")

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """A text for people and encoders alike: one line without markup and broken characters.

    Tags are removed, with everything within <script> and <style>; entities become characters;
    mojibake is repaired; control, zero-width and direction characters are removed; whitespace
    becomes single spaces.
    """
    text = _without_markup(text)
    if not text.isascii():
        text = _repaired(_PILED_UP.sub(r"\1", text))
        text = _MEANINGLESS.sub(" ", text)
    return " ".join(_UNSEEN.sub("", text).split())


def _without_markup(text: str) -> str:
    """The text without tags and entities, including those that were escaped several times."""
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
    """Whether ftfy would change nothing; ten times as fast as ftfy where most is ASCII."""
    from ftfy.badness import is_bad

    if _SURROGATE.search(text) or not unicodedata.is_normalized("NFC", text):
        return False
    return not any(is_bad(_with_neighbours(text, run)) for run in _BEYOND_ASCII.finditer(text))


def _with_neighbours(text: str, run: re.Match[str]) -> str:
    # ftfy repairs each line separately and treats its start specially, so no line is crossed.
    start = max(run.start() - _AROUND, text.rfind("\n", 0, run.start()) + 1)
    return text[start : run.end() + _AROUND]


@lru_cache(maxsize=1)
def _ftfy_config() -> TextFixerConfig:
    """Settings of ftfy: repair mojibake and compose characters, but keep the shop's typography."""
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
