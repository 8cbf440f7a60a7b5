"""The audit lets nothing through that SECURITY.md does not answer."""

from __future__ import annotations

from typing import Any

import audit
import pytest

ANSWERS = """
| finding | where | number | answer |
|---|---|---|---|
| `B608` | `topicmodel/x.py` | 2 | Bound. |
| `PYSEC-2026-1` | `numpy` | 1 | Not called. |
| `B101` | `topicmodel/y.py` | 1 | |
"""


def report(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(packages)}


KNOWN = {"name": "numpy", "version": "1", "vulns": [{"id": "PYSEC-2026-1"}]}
CLEAN = {"name": "scipy", "version": "1", "vulns": []}
UNKNOWN = {"name": "torch", "skip_reason": "Dependency not found"}


def test_an_answer_without_a_reason_is_none() -> None:
    answers = audit.read_answers(ANSWERS)
    assert answers == {("B608", "topicmodel/x.py"): 2, ("PYSEC-2026-1", "numpy"): 1}
    assert audit.of_code(answers) == {("B608", "topicmodel/x.py"): 2}
    assert audit.of_packages(answers) == {("PYSEC-2026-1", "numpy"): 1}


@pytest.mark.parametrize("n_found", [0, 1, 3])
def test_more_and_fewer_findings_than_are_answered_are_told(n_found: int) -> None:
    key = ("B608", "topicmodel/x.py")
    assert audit.unanswered({key: 2}, {key: 2}) == []
    (problem,) = audit.unanswered({key: n_found} if n_found else {}, {key: 2})
    assert f"found {n_found}, answered 2" in problem


def test_advisories_are_told_by_package() -> None:
    found = audit.advisories_in(report(KNOWN, CLEAN, UNKNOWN))
    assert found == {("PYSEC-2026-1", "numpy"): 1}


@pytest.mark.parametrize(
    ("packages", "answered", "code"),
    [
        ([CLEAN], True, 0),
        ([KNOWN, CLEAN], True, 1),
        ([UNKNOWN, UNKNOWN], True, audit.UNREACHABLE),
        ([UNKNOWN, UNKNOWN], False, 1),
        ([], True, audit.UNREACHABLE),
    ],
)
def test_the_exit_code_says_what_is_left(
    packages: list[dict[str, Any]],
    answered: bool,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit, "read_answers", dict)
    monkeypatch.setattr(audit, "bandit_findings", lambda: {} if answered else {("B1", "x.py"): 1})
    monkeypatch.setattr(audit, "run", lambda *_: report(*packages))
    with pytest.raises(SystemExit) as stop:
        audit.main()
    assert (stop.value.code or 0) == code
