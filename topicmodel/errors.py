"""What can go wrong, said in one line with its remedy.

Every error that a user can cause or mend is a `TopicModelError`; the command line shows its message
and exits with 1. Anything else that escapes is a bug.
"""

from collections.abc import Iterable


class TopicModelError(Exception):
    """Something that the user can mend; the message says how."""


class SettingsError(TopicModelError):
    """A setting is unknown, of the wrong kind or out of range."""


class DumpError(TopicModelError):
    """A product dump cannot be read, or holds nothing to work on."""

    def __init__(self, message: str) -> None:
        # What is quoted from a dump, such as the name of a column, may have line breaks.
        super().__init__(" ".join(message.split()))


class MenuError(TopicModelError):
    """A menu of categories cannot be read, or one of its categories is faulty."""

    def __init__(self, message: str) -> None:
        # What is quoted from a menu, such as its file's name, may have line breaks.
        super().__init__(" ".join(message.split()))


class DatabaseError(TopicModelError):
    """A database cannot be reached, or refuses what is asked of it."""


class EncoderError(TopicModelError):
    """An encoder cannot be found, or its weights are not what they should be."""


class RunError(TopicModelError):
    """A run folder is missing, damaged, or not ours to write to."""


class ScalingError(TopicModelError):
    """The machines that the work is divided among cannot be used, or fail again and again."""


class PlanError(TopicModelError):
    """Memory or disk clearly do not suffice for a run."""


def first_line(error: BaseException, hidden: Iterable[tuple[str, str]] = ()) -> str:
    """The first line of what a library said, or the kind of its error, as a sentence.

    Args:
        error: of a library; its message may go on about details that help nobody.
        hidden: what must not be shown, such as a password, each with what stands in its place.
    """
    said = str(error)
    for secret, shown in hidden:
        said = said.replace(secret, shown)
    return as_sentence((said.strip() or type(error).__name__).splitlines()[0])


def as_sentence(text: str) -> str:
    """The text without blanks around it, with one full stop at its end."""
    return text.strip().rstrip(". ") + "."
