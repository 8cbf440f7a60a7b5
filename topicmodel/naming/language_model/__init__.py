"""Names of categories -> better ones, as a language model suggests them.

The model may be of any size and may run anywhere behind an OpenAI-compatible endpoint, so it is
asked for plain text only. Whatever its server does, the worst outcome is that names stay as they
are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from topicmodel.naming.language_model.answers import (
    AnswerCache,
    clear_answers,
    default_answer_cache,
)
from topicmodel.naming.language_model.questions import Brief, key_of, question_about
from topicmodel.naming.language_model.replies import Answer
from topicmodel.naming.language_model.service import ask_all, find_endpoint, open_client
from topicmodel.progress import Progress
from topicmodel.settings import LanguageModelSettings

__all__ = [
    "Brief",
    "Suggestions",
    "check_language_model",
    "clear_answers",
    "default_answer_cache",
    "suggest_names",
]

FAILURES_IN_A_ROW = 3
"""After so many consecutive questions that no model answered, the remaining ones are not asked."""


@dataclass(frozen=True)
class Suggestions:
    """What a language model answered to the briefs."""

    names: Sequence[str | None]
    """In the order of the briefs; None where there is no usable answer."""
    descriptions: Sequence[str] = ()
    """What belongs to each category, in the order of the briefs; "" where nothing was said."""
    n_asked: int = 0
    """Questions of this call that were answered or failed; equal ones are asked once."""
    n_cached: int = 0
    """Briefs answered from the cache."""
    n_failed: int = 0
    """Briefs without a usable answer, including those that were no longer asked."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """Tokens of this call, as counted by the server; 0 where it does not count them."""
    cost: float = 0.0
    """Cost of these tokens, in the currency of the prices in the settings."""


def suggest_names(
    briefs: Sequence[Brief],
    settings: LanguageModelSettings,
    cache_folder: Path,
    progress: Progress,
) -> Suggestions:
    """Ask a language model for the name of each category.

    Several questions are asked at the same time; the result does not depend on which is answered
    first. Progress advances by 1 a brief. Problems of the server are reported in one warning.

    Args:
        settings: where they name no model, nothing is asked.
        cache_folder: where usable answers are kept; created if it does not exist. A question whose
            answer is there is not asked again.

    Raises:
        SettingsError: as for `check_language_model`.
    """
    if not settings.model:
        return Suggestions([None] * len(briefs), [""] * len(briefs))
    endpoint = find_endpoint(settings)
    questions = [question_about(brief) for brief in briefs]
    keys = [key_of(question, endpoint.base_url, settings.model) for question in questions]
    cache = AnswerCache(cache_folder, progress.message)
    known = {key: answer for key in dict.fromkeys(keys) if (answer := cache.read(key))}
    asked = {key: text for key, text in zip(keys, questions, strict=True) if key not in known}
    n_cached = sum(key in known for key in keys)
    progress.advance(n_cached)
    n_briefs = Counter(key for key in keys if key in asked)
    answers = _gather(ask_all(asked, endpoint, settings), n_briefs, cache, progress)
    progress.advance(sum(n for key, n in n_briefs.items() if key not in answers))
    given = [known.get(key) or answers.get(key, Answer()) for key in keys]
    suggestions = _sum_up(given, answers, n_cached, settings)
    _warn_of_problems(suggestions, answers, endpoint.shown, progress)
    return suggestions


def check_language_model(settings: LanguageModelSettings) -> None:
    """Raise an error, before hours of work, if the language model cannot be asked. Sends nothing.

    Raises:
        SettingsError: the address is not valid or contains a password, there is neither an address
            nor a key, the key has invalid characters, or the optional library `openai` is missing.
    """
    if settings.model:
        open_client(find_endpoint(settings), settings)


def _gather(
    arriving: Generator[tuple[str, Answer], None, None],
    n_briefs: Mapping[str, int],
    cache: AnswerCache,
    progress: Progress,
) -> dict[str, Answer]:
    """Key -> answer, without the questions that are given up after repeated failures."""
    answers: dict[str, Answer] = {}
    in_a_row = 0
    with closing(arriving):
        for key, answer in arriving:
            answers[key] = answer
            if answer.name:
                cache.write(key, answer)
            progress.advance(n_briefs[key])
            in_a_row = 0 if answer.is_from_model else in_a_row + 1
            if in_a_row == FAILURES_IN_A_ROW:
                break
    return answers


def _sum_up(
    given: Sequence[Answer],
    answers: Mapping[str, Answer],
    n_cached: int,
    settings: LanguageModelSettings,
) -> Suggestions:
    prompt = sum(answer.prompt_tokens for answer in answers.values())
    completion = sum(answer.completion_tokens for answer in answers.values())
    return Suggestions(
        names=[answer.name for answer in given],
        descriptions=[answer.description for answer in given],
        n_asked=len(answers),
        n_cached=n_cached,
        n_failed=sum(answer.name is None for answer in given),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=(prompt * settings.price_in + completion * settings.price_out) / 1e6,
    )


def _warn_of_problems(
    suggestions: Suggestions, answers: Mapping[str, Answer], address: str, progress: Progress
) -> None:
    """Warn once of the most frequent problem, its remedy, and how many names stay unchanged."""
    problems = Counter(answer.problem for answer in answers.values() if answer.problem)
    if problems:
        problem = min(problems, key=lambda text: (-problems[text], text))
        progress.warning(
            f"The language model at {address} {problem} Categories that keep their names: "
            f"{suggestions.n_failed} of {len(suggestions.names)}.",
        )
