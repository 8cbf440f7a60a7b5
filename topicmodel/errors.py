"""What can go wrong, said in one line with its remedy.

Every error that a user can cause or mend is a `TopicModelError`; the command line shows its message
and exits with 1. Anything else that escapes is a bug.
"""


class TopicModelError(Exception):
    """Something that the user can mend; the message says how."""


class SettingsError(TopicModelError):
    """A setting is unknown, of the wrong kind or out of range."""


class DumpError(TopicModelError):
    """A product dump cannot be read, or holds nothing to work on."""

    def __init__(self, message: str) -> None:
        # What is quoted from a dump, such as the name of a column, may have line breaks.
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
