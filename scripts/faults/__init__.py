"""Runs that accidents befall, and what is left of them."""

import sys
from pathlib import Path

# The shop and the encoder are those of the tests.
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
