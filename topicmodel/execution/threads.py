"""How many threads the libraries for linear algebra compute with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any


@contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """Fix the number of threads of numpy, scipy and scikit-learn, on which their rounding depends.

    The limit only reaches libraries that are loaded. Those of scipy and scikit-learn are loaded
    here, since a process that loads them later would compute with a thread for each core.
    """
    import scipy.linalg  # noqa: F401
    import sklearn.utils  # noqa: F401

    with _loaded_libraries(len(sys.modules)).limit(limits=threads):
        yield


@lru_cache(maxsize=1)
def _loaded_libraries(_n_modules: int) -> Any:
    """The libraries for linear algebra; looked for again where modules were imported since."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
