"""Body of a server's reply -> the name and the description in it, as far as they are usable."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.naming.form import MAX_WORDS, SHORTEST_NAME
from topicmodel.naming.language_model.questions import LONGEST_DESCRIPTION
from topicmodel.text.web import WEB_ADDRESS

NO_COMPLETION = (
    "answers, but not with a chat completion. Correct language_model.base_url, which mostly ends "
    "in /v1."
)
NO_NAME = "answers, but with no usable name. A larger model may do better."

_LONGEST_RAW_NAME = 400
"""Maximum characters of a name before clean-up; normalising very long texts is slow."""
_THOUGHT_BEGINS = re.compile(r"<think(?:ing)?>")
_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>")
_FENCE = re.compile(r"^[ \t]*```\w*[ \t]*$", re.MULTILINE)
_NAME_IN_JSON = re.compile(r'"name"\s*:\s*("(?:[^"\\]|\\.)*")')
_DEFINITION_IN_JSON = re.compile(r'"definition"\s*:\s*("(?:[^"\\]|\\.)*")')
_NEVER_IN_SENTENCES = re.compile(r"[<>{}\[\]`_|\\@$~^*#]|https?:|www\.", re.IGNORECASE)
_NEVER_IN_NAMES = re.compile(r'[<>{}\[\]`_:;!?"*#=|\\@$~^]|http', re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""Invisible characters that are part of the spelling in some scripts."""


@dataclass(frozen=True)
class Answer:
    """The outcome of one question."""

    name: str | None = None
    description: str = ""
    """What belongs to the category, in one sentence; "" where the model says nothing usable."""
    problem: str = ""
    """What went wrong and its remedy, as it follows "The language model at ..."."""
    is_from_model: bool = False
    """Whether a model answered, with a usable name or without; False if the server failed."""
    is_worth_repeating: bool = False
    """Whether asking the same question again at once may give a better answer."""
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def after(self, earlier: Answer) -> Answer:
        """The same answer, with the tokens of an earlier answer to its question added."""
        return replace(
            self,
            is_from_model=self.is_from_model or earlier.is_from_model,
            prompt_tokens=self.prompt_tokens + earlier.prompt_tokens,
            completion_tokens=self.completion_tokens + earlier.completion_tokens,
        )


class _Usage(BaseModel):
    prompt_tokens: int = Field(0, ge=0, le=10**9)
    completion_tokens: int = Field(0, ge=0, le=10**9)


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    """The parts of a chat completion that are used; local servers may leave out the others."""

    choices: tuple[_Choice, ...] = Field(min_length=1)
    usage: Any = None


def read_reply(content: bytes) -> Answer:
    """The answer in the body of a reply; a body that is no completion gives a problem, no error."""
    try:
        completion = _Completion.model_validate_json(content)
    except ValidationError:
        return Answer(problem=NO_COMPLETION, is_worth_repeating=True)
    usage = _read_usage(completion.usage)
    said = completion.choices[0].message.content or ""
    name = find_name(said)
    return Answer(
        name=name,
        description=find_description(said),
        problem="" if name else NO_NAME,
        is_from_model=True,
        is_worth_repeating=name is None,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def _read_usage(usage: Any) -> _Usage:
    try:
        return _Usage.model_validate(usage)
    except ValidationError:
        return _Usage()


def find_name(text: str) -> str | None:
    """The usable name in a model's answer: the last one in JSON, or else the whole one-line answer.

    Reasoning, code fences and prose around the JSON are skipped.
    """
    said = _without_thoughts(text)
    quoted = _NAME_IN_JSON.findall(said)
    if not quoted:
        return usable(_FENCE.sub("", said).strip().strip("\"'*").strip())
    try:
        return usable(json.loads(quoted[-1]))
    except ValueError:
        return None


def find_description(text: str) -> str:
    """The usable definition in a model's answer: the last one in JSON; "" where there is none."""
    quoted = _DEFINITION_IN_JSON.findall(_without_thoughts(text))
    try:
        return usable_description(json.loads(quoted[-1])) if quoted else ""
    except ValueError:
        return ""


def usable_description(text: str) -> str:
    """A sentence in NFC with single spaces, or "" if no shop could print it."""
    if len(text) > _LONGEST_RAW_NAME:
        return ""
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    sentence = tidy if tidy.endswith((".", "!", "?", "。")) else f"{tidy}."
    fits = len(sentence) <= LONGEST_DESCRIPTION and any(map(str.isalpha, sentence))
    is_plain = not (_NEVER_IN_SENTENCES.search(sentence) or WEB_ADDRESS.search(sentence))
    return sentence if fits and is_plain and all(map(_is_visible, sentence)) else ""


def _without_thoughts(text: str) -> str:
    """What a model says after its reasoning."""
    return _THOUGHT_BEGINS.split(_THOUGHT_ENDS.split(text)[-1])[0]


def usable(name: str) -> str | None:
    """The name in NFC with single spaces, or None if it is not fit for a menu."""
    if len(name) > _LONGEST_RAW_NAME:
        return None
    lines = unicodedata.normalize("NFC", name).strip().splitlines()
    if len(lines) != 1 or not all(map(_is_visible, lines[0])):
        return None
    words = lines[0].split()
    tidy = " ".join(words)
    has_letters = any(map(str.isalpha, tidy))
    fits = SHORTEST_NAME <= len(tidy) <= LONGEST_MADE_NAME and _count_words(words) <= MAX_WORDS
    is_sentence = tidy.endswith((".", ","))
    is_name = has_letters and fits and not is_sentence and not _NEVER_IN_NAMES.search(tidy)
    return tidy if is_name else None


def _count_words(words: list[str]) -> int:
    """Number of words, not counting "&" and the like."""
    return sum(any(map(str.isalnum, word)) for word in words)


def _is_visible(character: str) -> bool:
    """Whether the character is printable: no control, format, private or unassigned one."""
    return unicodedata.category(character)[0] != "C" or character in f"{_JOINERS}\t"
