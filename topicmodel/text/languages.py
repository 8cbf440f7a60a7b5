"""Which language a text is in, its stop words, and words where a script writes no spaces.

The script of a text decides its language; where several languages share the script, the stop words
of the text decide. Only languages that a clear share of the dump is written in are considered, so
that a few foreign names are not taken for a language.
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

_MAX_CHARACTERS = 500
"""Characters of a text that are read, from its start."""
_SAMPLE = 20_000
"""Texts, spread over the dump, that decide which languages it uses."""
_BLOCK = 20_000
"""Texts whose words are counted at once, to limit memory."""
_MIN_LATIN = 0.8
"""A text in two scripts counts as Latin above this share of Latin letters, since brands and units
are written in Latin letters in texts of every script."""
_MIN_KANA = 0.1
"""A text is Japanese above this share of kana among its kana and Han letters; below it is Chinese,
which uses a single の as decoration."""
_CLEAR_SCORE = 2.5
_CLEAR_LEAD = 1.5
"""A text is clearly in the language with the highest score if that is at least `_CLEAR_SCORE`, and
at least `_CLEAR_LEAD` times the second highest. Scores are numbers of distinct stop words."""
_SINGLE_TEXT_SCORE = 1.25
"""Minimum score that is clear if the dump has a single text: more than one word, which may be there
by chance."""
_MIN_SHARE_OF_CLEAR = 0.01
_MIN_SHARE_OF_ALL = 0.002
"""Minimum shares of the clear texts, and of all texts, that must clearly be in a language for the
dump to use it. Smaller shares are due to names and chance."""

_MAX_WORDS = 100_000
"""Most frequent words that the classifier uses for texts whose stop words do not decide."""
_SMOOTHING = 0.1
"""Added to the count of each word in each language; the usual 1 would outweigh the counts of
languages with few texts."""

_LANGUAGES = {
    "latin": "en af ca cs da de es et eu fi fr ga gl ha hr hu id it lt lv nl no pl pt ro sk sl so "
    "sv sw tl tr vi yo zu",
    "cyrillic": "ru bg uk",
    "arabic": "ar fa ur",
    "devanagari": "hi mr",
}
"""ISO 639-1 codes of the languages of each script with several; the first is taken where nothing
decides."""

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
"""Letters and their marks by script, or by language where the script belongs to one language."""
_RUN = re.compile("|".join(f"(?P<{name}>[{letters}]+)" for name, letters in _LETTERS.items()))
_LATIN_WORD = re.compile(f"[{_LETTERS['latin']}]{{2}}")
_OTHER = re.compile(f"[{''.join(_LETTERS[name] for name in _LETTERS if name != 'latin')}]")
_UNSPACED = re.compile(
    f"[{''.join(_LETTERS[name] for name in ('ja', 'km', 'lo', 'my', 'th', 'zh'))}]+"
)
# Everything but punctuation; \w does not match the vowel signs of Indian scripts.
_WORD = r"[^\s\d!-/:-@\[-`{-¿×÷\u2010-\u205e।،؛؟]{2,}"

_SAME_STOP_WORDS = {"ms": "id", "nb": "no", "nn": "no"}
"""Languages that use the stop words of another one. The Malay list holds words of news reports
(bank, minister, oil), while Malay and Indonesian share their grammar."""
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
"""Words of the stop word lists that describe products, so that they are no stop words here."""

_HEAD_FIRST = frozenset(
    {"ar", "ca", "cy", "es", "fa", "fr", "ga", "gl", "ha", "he", "id", "it", "km", "lo", "mg"}
    | {"ms", "mt", "pt", "ro", "so", "sq", "sw", "th", "vi", "xh", "yo", "zu"}
)
"""Languages whose adjectives and genitives follow the noun, such as Romance, Celtic, Semitic and
Bantu languages, Malay and Thai."""


def find_languages(texts: Sequence[str]) -> list[str]:
    """The ISO 639-1 code of each text's language.

    The script decides where it belongs to one language, and stop words where languages share it.
    Only languages that the dump clearly uses are considered. A text with too few stop words is
    classified by its other words, learnt from the rest of the dump. A text without letters gets the
    most frequent language, or "en" if there is none. Malay counts as Indonesian.

    Args:
        texts: any texts; their first 500 characters are read.

    Returns:
        One code a text.
    """
    scripts = np.array([_script(text) for text in texts], dtype=object)
    languages = scripts.copy()
    for script, codes in _LANGUAGES.items():
        rows = np.flatnonzero(scripts == script).tolist()
        if rows:
            languages[rows] = _tell_apart([texts[row] for row in rows], codes.split())
    counts = Counter(language for language in languages if language)
    most_frequent = max(counts, key=lambda language: (counts[language], language), default="en")
    return [language or most_frequent for language in languages]


@cache
def stop_words(language: str) -> frozenset[str]:
    """Stop words of a language, lower case and NFC; empty for an unknown language.

    English uses scikit-learn's list, because that of stopwords-iso holds home, face and computer.
    """
    language = _SAME_STOP_WORDS.get(language, language)
    words = {_normal(word) for word in _listed(language)} | set(_MISSING.get(language, "").split())
    single = {word for word in words if not re.search(r"\s", word) and re.search(r"[^\W\d_]", word)}
    return frozenset(single - set(_PRODUCT_WORDS.get(language, "").split()))


def split_words(text: str) -> str:
    """The text with spaces between words where its script writes none; otherwise unchanged.

    Chinese, Japanese, Thai, Lao, Khmer and Burmese are split by the dictionaries of ICU, which tend
    to split a compound into its parts.
    """
    if text.isascii() or not _UNSPACED.search(text):
        return text
    return _UNSPACED.sub(_with_blanks, text)


def head_first(language: str) -> bool:
    """Whether a noun comes before what modifies it ("Funda de Móvil") rather than after it."""
    return language in _HEAD_FIRST


def _script(text: str) -> str:
    """The script of most letters, as a key of `_LETTERS`; "" for a text without letters."""
    head = text[:_MAX_CHARACTERS]
    if not _OTHER.search(head):
        return "latin" if _LATIN_WORD.search(head) else ""
    letters: Counter[str] = Counter()
    for run in _RUN.finditer(head):
        letters[run.lastgroup or ""] += len(run[0])
    if letters["latin"] > _MIN_LATIN * letters.total():
        return "latin"
    others = Counter({name: n for name, n in letters.items() if name != "latin"})
    if others["ja"] > _MIN_KANA * (others["ja"] + others["zh"]):
        return "ja"
    return max(others, key=lambda name: (others[name], name))


def _tell_apart(texts: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The language of each of the texts, which share a script."""
    sample = texts[:: -(-len(texts) // _SAMPLE)]
    scores = _scores(sample, languages)
    clear = _clear_languages(scores, languages)
    in_use = _in_use(clear) or [_language_of_all(sample, languages)]
    if len(in_use) == 1:
        return in_use * len(texts)
    clear_in_use = _clear_languages(_scores(sample, in_use), in_use)
    known = [now or before for now, before in zip(clear_in_use, clear, strict=True)]
    classifier = _learn_words(sample, known, in_use)
    blocks = [texts[start : start + _BLOCK] for start in range(0, len(texts), _BLOCK)]
    return [language for block in blocks for language in _best(block, in_use, classifier)]


def _language_of_all(texts: Sequence[str], languages: Sequence[str]) -> str:
    """One language for texts none of which is clear, by the stop words of all of them together."""
    counter, weights = _scorer(tuple(languages))
    scores = np.asarray(counter.transform(texts).max(axis=0) @ weights)
    min_score = _CLEAR_SCORE if len(texts) > 1 else _SINGLE_TEXT_SCORE
    clear = _clear_languages(scores, languages, min_score)[0]
    # Titles contain by chance words that are in the lists of some of the many Latin languages.
    return clear or ("en" if "en" in languages else languages[int(scores.argmax())])


def _best(texts: Sequence[str], languages: Sequence[str], classifier: Any) -> list[str]:
    """Language of each text: by stop words where these are clear, by the classifier elsewhere."""
    best = _clear_languages(_scores(texts, languages), languages)
    unclear = [row for row, language in enumerate(best) if not language]
    # The classifier raises an error if there are no texts.
    guesses = classifier.predict([texts[row] for row in unclear]) if unclear else []
    for row, guess in zip(unclear, guesses, strict=True):
        best[row] = str(guess)
    return best


def _clear_languages(
    scores: NDArray[Any], languages: Sequence[str], min_score: float = _CLEAR_SCORE
) -> list[str]:
    """The language that each text, a row of scores, is clearly in; "" where none is clear."""
    second, first = np.sort(scores, axis=1)[:, -2:].T
    clear = (first >= min_score) & (first >= _CLEAR_LEAD * second)
    best = scores.argmax(axis=1)
    return [languages[i] if known else "" for i, known in zip(best, clear, strict=True)]


def _in_use(clear: Sequence[str]) -> list[str]:
    """The languages that enough texts are clearly in, sorted."""
    counts = Counter(filter(None, clear))
    min_count = max(_MIN_SHARE_OF_CLEAR * counts.total(), _MIN_SHARE_OF_ALL * len(clear))
    return sorted(language for language, n in counts.items() if n >= min_count)


def _learn_words(texts: Sequence[str], known: Sequence[str], languages: Sequence[str]) -> Any:
    """A classifier of languages by all words, fitted on the texts whose language is known.

    Titles contain few stop words, but words that occur in other texts of the same language.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    words = CountVectorizer(
        preprocessor=_head, token_pattern=_WORD, binary=True, max_features=_MAX_WORDS
    )
    rows = [row for row, language in enumerate(known) if language in languages]
    return make_pipeline(words, MultinomialNB(alpha=_SMOOTHING)).fit(
        [texts[row] for row in rows], [known[row] for row in rows]
    )


def _scores(texts: Sequence[str], languages: Sequence[str]) -> NDArray[Any]:
    """(n_texts, n_languages): distinct stop words; one in k languages counts 1/k in each."""
    counter, weights = _scorer(tuple(languages))
    return np.asarray(counter.transform(texts) @ weights)


@cache
def _scorer(languages: tuple[str, ...]) -> tuple[Any, NDArray[Any]]:
    """A vectorizer that finds stop words, and the weight of each word, (n_words, n_languages)."""
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


# Today people type Romanian letters with a comma instead of a cedilla, and Thai am as one letter.
_OTHER_SPELLINGS = str.maketrans({"ş": "ș", "ţ": "ț"})


def _other_spelling(word: str) -> str:
    return word.translate(_OTHER_SPELLINGS).replace("\u0e4d\u0e32", "\u0e33")


def _head(text: str) -> str:
    return _normal(text[:_MAX_CHARACTERS])


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


def _with_blanks(run: re.Match[str]) -> str:
    from icu4py.breakers import WordBreaker

    # ICU picks the dictionary by script; the locale makes no difference.
    return f" {' '.join(WordBreaker(run[0], 'ja'))} "
