"""The command line with the quick encoder, for processes of their own that tests stop or kill.

python tiny_cli.py SECONDS fit ...      each chunk of texts takes so many seconds
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tiny_encoder import TinyEncoder

from topicmodel.cli import main, stopping
from topicmodel.datatypes import Floats
from topicmodel.embedding import session

HERE = Path(__file__)


class SlowEncoder(TinyEncoder):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def encode(self, texts: Sequence[str]) -> Floats:
        time.sleep(self.seconds)
        return super().encode(texts)


def words_for(seconds: float, *words: object) -> list[str]:
    """The command line of such a process."""
    return [sys.executable, str(HERE), str(seconds), *map(str, words)]


if __name__ == "__main__":
    stopping.SECONDS_TO_END = 1000  # so that no slow machine ends it by force
    encoder = SlowEncoder(float(sys.argv.pop(1)))
    session.load_encoder = lambda _: encoder
    main()
