"""What a language model answered before, so that no question is asked twice.

One file an answer, `KEY.json`; it holds a name, a description and nothing that could be secret.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError

from topicmodel.files.atomic import PARTIAL, write_atomically
from topicmodel.naming.language_model.replies import Answer, usable, usable_description


class _StoredAnswer(BaseModel):
    name: str
    description: str = ""


class AnswerCache:
    """A folder of answers. If it cannot be written, one message says so and none are kept."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._is_writable = True

    def read(self, key: str) -> Answer | None:
        """The answer that is kept under a key; None if there is none or its file is damaged."""
        try:
            stored = _StoredAnswer.model_validate_json((self._folder / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None
        name, description = usable(stored.name), usable_description(stored.description)
        return Answer(name, description) if name else None

    def write(self, key: str, answer: Answer) -> None:
        """Keep an answer with a name: its file appears whole or not at all."""
        if not self._is_writable:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            stored = _StoredAnswer(name=answer.name or "", description=answer.description)
            content = stored.model_dump_json().encode()
            write_atomically(self._folder / f"{key}.json", content)
        except OSError as error:
            self._is_writable = False
            self._tell(
                f"Answers of the language model cannot be kept in {self._folder}: "
                f"{error.strerror or error}. Set TOPICMODEL_CACHE to a folder that can be written."
            )


def default_answer_cache() -> Path:
    """The folder "answers" in the folder that TOPICMODEL_CACHE names, or in this user's cache."""
    import platformdirs

    folder = os.environ.get("TOPICMODEL_CACHE") or platformdirs.user_cache_dir("topicmodel")
    return Path(folder) / "answers"


def clear_answers(folder: Path) -> None:
    """Delete what is kept in a folder of answers, as far as it can be; nothing else in there."""
    for file in [*folder.glob("*.json"), *folder.glob(f".*.{PARTIAL}")]:
        with suppress(OSError):
            file.unlink(missing_ok=True)
