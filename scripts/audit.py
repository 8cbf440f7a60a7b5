"""Look for known weaknesses: of this code by bandit, of what it depends on by pip-audit.

A finding is mended, or answered in SECURITY.md; an answer without a finding is taken out there.
Exit code: 0 when every finding is answered, 1 when one is not, 3 when the service of advisories
could not be asked and all else is answered.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOOKED_AT = ("topicmodel", "scripts")
UNREACHABLE = 3

Counts = Mapping[tuple[str, str], int]
"""Finding and place (a file, or a package) -> how often."""

_ANSWER = re.compile(r"^\| `([\w-]+)` \| `([\w./-]+)` \| (\d+) \| \S.*\|$", re.MULTILINE)


class UnreachableError(Exception):
    """Nobody could say whether there are advisories."""


def main() -> None:
    """Print what is not answered, and exit with a code that says whether there is anything."""
    answers = read_answers()
    code = bandit_code(answers)
    try:
        advisories = audit_advisories()
    except UnreachableError as error:
        print(f"pip-audit: {error}")
        sys.exit(code or UNREACHABLE)
    code = tell("pip-audit", unanswered(advisories, of_packages(answers))) or code
    sys.exit(code)


def bandit_code(answers: Counts) -> int:
    """Run bandit; 0 when all that it finds is answered."""
    return tell("bandit", unanswered(bandit_findings(), of_code(answers)))


def tell(program: str, problems: list[str]) -> int:
    """Print the problems, or that there are none."""
    print("\n".join(f"{program}: {problem}" for problem in problems or ["all is answered"]))
    return 1 if problems else 0


def read_answers(text: str | None = None) -> dict[tuple[str, str], int]:
    """Findings that SECURITY.md answers: rows of finding, place, number and reason."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8") if text is None else text
    return {(rule, place): int(count) for rule, place, count in _ANSWER.findall(text)}


def of_code(answers: Counts) -> Counts:
    """Answers to bandit."""
    return {key: count for key, count in answers.items() if re.fullmatch(r"B\d+", key[0])}


def of_packages(answers: Counts) -> Counts:
    """Answers to pip-audit."""
    return {key: count for key, count in answers.items() if key not in of_code(answers)}


def unanswered(findings: Counts, answers: Counts) -> list[str]:
    """What is found more or less often than it is answered."""
    return [
        f"{rule} in {place}: found {findings.get((rule, place), 0)}, answered "
        f"{answers.get((rule, place), 0)}. Mend it, or correct its row in SECURITY.md."
        for rule, place in sorted({*findings, *answers})
        if findings.get((rule, place), 0) != answers.get((rule, place), 0)
    ]


def bandit_findings() -> Counts:
    """What bandit finds, rule and file -> how often."""
    report = run("bandit", "--quiet", "--format", "json", "--recursive", *LOOKED_AT)
    if report["errors"]:
        sys.exit(f"bandit could not read everything: {report['errors']}")
    return Counter((found["test_id"], found["filename"]) for found in report["results"])


def audit_advisories() -> Counts:
    """Advisories about the versions in constraints.txt, advisory and package -> 1.

    Raises:
        UnreachableError: the service of advisories cannot be asked, or knows no package.
    """
    try:
        report = run("pip_audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip",
                     "--format", "json", "--progress-spinner", "off")  # fmt: skip
    except json.JSONDecodeError as error:
        raise UnreachableError("the service of advisories could not be asked.") from error
    return advisories_in(report)


def advisories_in(report: Mapping[str, Any]) -> Counts:
    """The advisories in a report of pip-audit, advisory and package -> 1.

    Raises:
        UnreachableError: most packages could not be looked up.
    """
    packages = report["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    if 2 * len(asked) <= len(packages):
        raise UnreachableError(
            f"the service of advisories knew only {len(asked)} of {len(packages)} packages; it "
            "cannot be reached from here, so nothing is known about them."
        )
    return {(found["id"], package["name"]): 1 for package in asked for found in package["vulns"]}


def run(module: str, *words: str) -> Any:
    """The JSON that a module prints; its exit code tells only whether it found anything."""
    done = subprocess.run(  # noqa: S603 - words of our own
        [sys.executable, "-m", module, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
