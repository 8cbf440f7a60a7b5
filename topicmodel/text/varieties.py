"""Which variety of a language the texts of a dump are in, where shops of each print other words.

The code `pt` of a text says Portuguese; whether the shop is Brazilian is told by words and
spellings that only one of the two varieties has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

BRAZILIAN = "pt-br"

_MAX_CHARACTERS = 500
"""Characters of a text that are read, from its start."""
_SAMPLE = 20_000
"""Texts, spread over the dump, that are read at most."""

# Where Brazilians write ô and ê before m and n, the others write ó and é, as in tênis and ténis.
_OF_BRAZIL = re.compile(
    r"\b(?:banheiros?|bebês?|caminhão|caminhões|celular(?:es)?|contato|crochê|"
    r"esport(?:e|es|ivo|iva|ivos|ivas)|fones?|geladeiras?|jaquetas?|liquidificador(?:es)?|"
    r"mamadeiras?|maquiagem|moletom|ônibus|registro|sorvetes?|sucos?|umidade|"
    r"usuári[oa]s?|vocês?|xampus?|xícaras?|\w*[ôê](?:[mn]i|metr)\w*)\b"
)
_OF_PORTUGAL = re.compile(
    r"\b(?:acção|auscultador(?:es)?|autocarros?|autocolantes?|bebés?|berbequi(?:m|ns)|biber(?:ão|ões)|"
    r"camisolas?|champôs?|chávenas?|colecção|contacto|controlo|croché|desport(?:o|os|ivo|iva|ivos|ivas)|"
    r"direcção|duches?|eléctric[oa]s?|ecrãs?|frigoríficos?|humidade|loiças?|maquilhagem|"
    r"óptim[oa]s?|protecção|registo|telemóve(?:l|is)|utilizador(?:es)?|"
    r"\w*[óé](?:[mn]i|metr)\w*)\b"
)


def with_varieties(texts: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The languages of the texts, with `pt-br` in place of `pt` where the shop is Brazilian.

    A shop is one or the other as a whole: what more of its texts are in. It counts as Brazilian
    where nothing tells, as most Portuguese speakers are.

    Args:
        texts: of a dump.
        languages: of the texts, ISO 639-1.
    """
    portuguese = [text for text, code in zip(texts, languages, strict=True) if code == "pt"]
    if not _is_brazilian(portuguese):
        return list(languages)
    return [BRAZILIAN if code == "pt" else code for code in languages]


def _is_brazilian(texts: Sequence[str]) -> bool:
    sample = texts[:: -(-len(texts) // _SAMPLE)] if texts else ()
    heads = [unicodedata.normalize("NFC", text[:_MAX_CHARACTERS].lower()) for text in sample]
    here = sum(bool(_OF_BRAZIL.search(head)) for head in heads)
    there = sum(bool(_OF_PORTUGAL.search(head)) for head in heads)
    return bool(texts) and here >= there
