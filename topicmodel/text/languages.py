"""Which language a text is in, its stop words, and words where a script writes no spaces.

A language is told by its script and, where languages share one, by the stop words of the text. The
dump as a whole says which languages are in question, so that a foreign name here and there does not
make a language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_READ = 500
"""Characters of a text that are read."""
_SAMPLE = 20_000
"""Texts, spread over the dump, that say which languages it uses."""
_BLOCK = 20_000
"""Texts that are counted at once, for the sake of memory."""
_LEAST_LATIN = 0.8
"""Share of Latin letters that makes a text Latin; brands and units are Latin in every script."""
_LEAST_KANA = 0.1
"""Share of kana that tells Japanese from Chinese, where a の is a matter of fashion."""
_CLEAR_SCORE = 2.5
_CLEAR_LEAD = 1.5
"""A text is clearly in a language that gets this score, and so many times that of the next."""
_LONE_SCORE = 1.25
"""Enough where there is one text only: more than a single word, which may be chance."""
_LEAST_OF_CLEAR = 0.01
_LEAST_OF_ALL = 0.002
"""Smaller shares of the clear texts, or of all, are names and chance and make no language."""

_WORDS = 100_000
"""Words, the commonest, that tell a language where stop words do not."""
_SMOOTHING = 0.1
"""Counted to each word in each language: a full 1 would drown the words of rare languages."""

_LANGUAGES = {
    "latin": "en af ca cs da de es et eu fi fr ga gl ha hr hu id it lt lv nl no pl pt ro sk sl so "
    "sv sw tl tr vi yo zu",
    "cyrillic": "ru bg uk",
    "arabic": "ar fa ur",
    "devanagari": "hi mr",
}
"""Languages of a script that has several, by ISO 639-1; the first goes where nothing decides."""

_LETTERS = {
    "latin": "A-Za-zÀ-ÖØ-öø-ʯ\u1e00-\u1eff",
    "cyrillic": "\u0400-\u052f",
    "arabic": "\u0620-\u065f\u066e-\u06d5\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "devanagari": "\u0900-\u0963",
    "am": "\u1200-\u137f",
    "bn": "\u0980-\u09e3",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "gu": "\u0a80-\u0ae3",
    "he": "\u05d0-\u05ea",
    "hy": "\u0531-\u0587",
    "ja": "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f",
    "ka": "\u10a0-\u10ff",
    "km": "\u1780-\u17d3",
    "kn": "\u0c80-\u0ce3",
    "ko": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "lo": "\u0e80-\u0ecd",
    "ml": "\u0d00-\u0d63",
    "my": "\u1000-\u109f",
    "pa": "\u0a00-\u0a75",
    "si": "\u0d80-\u0ddf",
    "ta": "\u0b80-\u0bd7",
    "te": "\u0c00-\u0c63",
    "th": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "zh": "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
}
"""Letters and their marks by script, or by language where one language stands for the script."""
_RUN = re.compile("|".join(f"(?P<{name}>[{letters}]+)" for name, letters in _LETTERS.items()))
_LATIN_WORD = re.compile(f"[{_LETTERS['latin']}]{{2}}")
_OTHER = re.compile(f"[{''.join(_LETTERS[name] for name in _LETTERS if name != 'latin')}]")
_UNSPACED = re.compile(
    f"[{''.join(_LETTERS[name] for name in ('ja', 'km', 'lo', 'my', 'th', 'zh'))}]+"
)
# Everything but punctuation, since vowel signs of Indian scripts are no \w.
_WORD = r"[^\s\d!-/:-@\[-`{-¿×÷\u2010-\u205e।،؛؟]{2,}"

_SAME_STOP_WORDS = {"ms": "id", "nb": "no", "nn": "no"}
"""The Malay list is made of news (bank, minister, oil); Indonesian grammar is Malay's."""
_MISSING = {
    "el": "αυτά αυτή αυτό αυτός γιατί δεν είναι είτε ένα έχει έχουν θα κάθε μας μία μπορεί όλα "
    "όλες όπως όταν πολύ πρέπει σας στα στη στο χωρίς ώστε",
    "uk": "в до за з і її його й на не ні о по у цей ця ці",  # noqa: RUF001 (Cyrillic, as it should be)
}
"""Common words that the lists lack; the Greek list is written without accents."""
_PRODUCT_WORDS = {
    "de": "uhr",
    "en": "bill bottom fire interest part system top",
    "fi": "kukka",
    "fr": "bas haut",
    "id": "ibu tempat",
    "it": "ansa piedi",
    "nl": "haar",
    "ro": "fata halbă",
    "ru": "белый вода вечер вид взгляд война глаз голова город дверь дом дорога жена женщина земля "
    "книга комната лицо место мир мать нога ночь окно плечо ребенок рука свет стол сторона страна "
    "улица утро",
    "vi": "bông cây ngọt quả",
}
"""Words of the lists that name what shops sell, which frequency lists hold too."""

_HEAD_FIRST = frozenset(
    {"ar", "ca", "cy", "es", "fa", "fr", "ga", "gl", "ha", "he", "id", "it", "km", "lo", "mg"}
    | {"ms", "mt", "pt", "ro", "so", "sq", "sw", "th", "vi", "xh", "yo", "zu"}
)
"""Romance, Celtic, Semitic, Malay, Thai and Bantu among them: adjectives and genitives follow."""


def find_languages(texts: Sequence[str]) -> list[str]:
    """The ISO 639-1 code of each text's language.

    Scripts decide where they can, stop words where languages share a script, and only languages
    that the dump clearly uses are in question. A text with too few stop words is told by its other
    words, as they stand in the rest of the dump, and one without letters gets the commonest
    language; "en" where nothing tells. Malay counts as Indonesian.

    Args:
        texts: any texts; their first 500 characters are read.

    Returns:
        One code a text.
    """
    scripts = np.array([_script(text) for text in texts], dtype=object)
    found = scripts.copy()
    for script, languages in _LANGUAGES.items():
        rows = np.flatnonzero(scripts == script).tolist()
        if rows:
            found[rows] = _tell_apart([texts[row] for row in rows], languages.split())
    known = Counter(language for language in found if language)
    commonest = max(known, key=lambda language: (known[language], language), default="en")
    return [language or commonest for language in found]


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words of grammar, lower case and NFC; none for a language that is not known.

    English takes scikit-learn's list, because that of stopwords-iso holds home, face and computer.
    """
    language = _SAME_STOP_WORDS.get(language, language)
    words = {_normal(word) for word in _listed(language)} | set(_MISSING.get(language, "").split())
    single = {word for word in words if not re.search(r"\s", word) and re.search(r"[^\W\d_]", word)}
    return frozenset(single - set(_PRODUCT_WORDS.get(language, "").split()))


def split_words(text: str) -> str:
    """The text with blanks between words where its script writes none; otherwise unchanged.

    Chinese, Japanese, Thai, Lao, Khmer and Burmese are cut by the dictionaries of ICU, which rather
    cut a compound into its parts than miss a word.
    """
    if text.isascii() or not _UNSPACED.search(text):
        return text
    return _UNSPACED.sub(_with_blanks, text)


def head_first(language: str) -> bool:
    """Whether a noun comes before what modifies it ("Funda de Móvil") rather than after it."""
    return language in _HEAD_FIRST


def _script(text: str) -> str:
    """A name of `_LETTERS`, or "" for a text without letters."""
    head = text[:_READ]
    if not _OTHER.search(head):
        return "latin" if _LATIN_WORD.search(head) else ""
    letters: Counter[str] = Counter()
    for run in _RUN.finditer(head):
        letters[run.lastgroup or ""] += len(run[0])
    if letters["latin"] > _LEAST_LATIN * letters.total():
        return "latin"
    others = Counter({name: n for name, n in letters.items() if name != "latin"})
    if others["ja"] > _LEAST_KANA * (others["ja"] + others["zh"]):
        return "ja"
    return max(others, key=lambda name: (others[name], name))


def _tell_apart(texts: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The language of each of the texts, which share a script."""
    sample = texts[:: -(-len(texts) // _SAMPLE)]
    scores = _scores(sample, languages)
    clear = _clear_languages(scores, languages)
    in_use = _in_use(clear) or [_of_all(sample, languages)]
    if len(in_use) == 1:
        return in_use * len(texts)
    told = _clear_languages(_scores(sample, in_use), in_use)
    known = [now or before for now, before in zip(told, clear, strict=True)]
    by_words = _learn_words(sample, known, in_use)
    blocks = [texts[start : start + _BLOCK] for start in range(0, len(texts), _BLOCK)]
    return [language for block in blocks for language in _best(block, in_use, by_words)]


def _of_all(texts: Sequence[str], languages: Sequence[str]) -> str:
    """The language of texts none of which is clear: by the stop words of all of them together."""
    counter, weights = _scorer(tuple(languages))
    scores = np.asarray(counter.transform(texts).max(axis=0) @ weights)
    clear = _clear_languages(scores, languages, _CLEAR_SCORE if len(texts) > 1 else _LONE_SCORE)[0]
    # By chance, titles hold words that stand on some list of the many of Latin script.
    return clear or ("en" if "en" in languages else languages[int(scores.argmax())])


def _best(texts: Sequence[str], languages: Sequence[str], by_words: Any) -> list[str]:
    """By stop words where these are clear, and by all words elsewhere."""
    found = _clear_languages(_scores(texts, languages), languages)
    unclear = [row for row, language in enumerate(found) if not language]
    # The classifier refuses to tell nothing at all.
    guesses = by_words.predict([texts[row] for row in unclear]) if unclear else []
    for row, guess in zip(unclear, guesses, strict=True):
        found[row] = str(guess)
    return found


def _clear_languages(
    scores: NDArray[Any], languages: Sequence[str], least: float = _CLEAR_SCORE
) -> list[str]:
    """The language that each row of scores is clearly in, or ""."""
    second, first = np.sort(scores, axis=1)[:, -2:].T
    clear = (first >= least) & (first >= _CLEAR_LEAD * second)
    best = scores.argmax(axis=1)
    return [languages[i] if known else "" for i, known in zip(best, clear, strict=True)]


def _in_use(clear: Sequence[str]) -> list[str]:
    """The languages that enough texts are clearly in."""
    counts = Counter(filter(None, clear))
    least = max(_LEAST_OF_CLEAR * counts.total(), _LEAST_OF_ALL * len(clear))
    return sorted(language for language, n in counts.items() if n >= least)


def _learn_words(texts: Sequence[str], known: Sequence[str], languages: Sequence[str]) -> Any:
    """A classifier by all words, learnt from the texts that are known to be in the languages.

    Titles hold few stop words, but words that other products share.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    words = CountVectorizer(
        preprocessor=_head, token_pattern=_WORD, binary=True, max_features=_WORDS
    )
    rows = [row for row, language in enumerate(known) if language in languages]
    return make_pipeline(words, MultinomialNB(alpha=_SMOOTHING)).fit(
        [texts[row] for row in rows], [known[row] for row in rows]
    )


def _scores(texts: Sequence[str], languages: Sequence[str]) -> NDArray[Any]:
    """(n_texts, n_languages): distinct stop words, each shared among the languages that have it."""
    counter, weights = _scorer(tuple(languages))
    return np.asarray(counter.transform(texts) @ weights)


@cache
def _scorer(languages: tuple[str, ...]) -> tuple[Any, NDArray[Any]]:
    """What counts stop words, and the weights (n_words, n_languages) of each."""
    from sklearn.feature_extraction.text import CountVectorizer

    lists = [stop_words(language) for language in languages]
    words = sorted(frozenset().union(*lists))
    counter = CountVectorizer(
        vocabulary=words, preprocessor=_head, token_pattern=_WORD, binary=True, dtype=np.float32
    )
    has = np.array([[word in known for known in lists] for word in words], dtype=np.float32)
    return counter, has / has.sum(axis=1, keepdims=True)


def _listed(language: str) -> frozenset[str]:
    if language == "en":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS)
    import stopwordsiso

    if not stopwordsiso.has_lang(language):
        return frozenset()
    words = stopwordsiso.stopwords(language)
    return frozenset(words) | {_other_spelling(word) for word in words}


# Romanian with comma in place of cedilla, Thai am as one letter: as people type them today.
_OTHER_SPELLINGS = str.maketrans({"ş": "ș", "ţ": "ț"})


def _other_spelling(word: str) -> str:
    return word.translate(_OTHER_SPELLINGS).replace("\u0e4d\u0e32", "\u0e33")


def _head(text: str) -> str:
    return _normal(text[:_READ])


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


def _with_blanks(run: re.Match[str]) -> str:
    from icu4py.breakers import WordBreaker

    # ICU picks the dictionary by script; the locale makes no difference.
    return f" {' '.join(WordBreaker(run[0], 'ja'))} "
