"""Families of goods -> a catalogue with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from topicmodel.datatypes import Catalogue, Family


def build_catalogue(source: str, families: Iterable[Family]) -> Catalogue:
    """A catalogue of these families, in which those of a department stand together.

    Args:
        source: `bundled`, or the name of the file.
        families: departments come in the order of their first family, and their families in the
            order given.
    """
    of_department: dict[str, list[Family]] = {}
    for family in families:
        of_department.setdefault(family.department, []).append(family)
    together = tuple(family for listed in of_department.values() for family in listed)
    return Catalogue(source, together, digest_of(together))


def digest_of(families: Iterable[Family]) -> str:
    """The sha256 of all departments, families and goods, 64 hexadecimal digits."""
    # JSON quotes every name, so that no two lists of families are written alike.
    listed = [[family.department, family.name, family.goods] for family in families]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()
