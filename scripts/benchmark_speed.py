"""How quick the program is, beside the libraries that it is built on.

    python scripts/benchmark_speed.py encoding [DUMP ...] [--texts N] [--rounds N]
    python scripts/benchmark_speed.py fits [--sizes N ...] [--rounds N] [--vectors FOLDER]
    python scripts/benchmark_speed.py growth [--sizes N ...] [--cascade [N]]

Each part prints a table and writes JSON. Where there are two sides they run by turns. Ratios are
what counts: the seconds are those of this machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import warnings
from datetime import UTC, datetime
from pathlib import Path

from speed import encoding, fits, growth

ROOT = Path(__file__).parent.parent
PARTS = {"encoding": encoding, "fits": fits, "growth": growth}
"""Name -> a module with `add_options`, `measure` and `table`."""


def main() -> None:
    """Run the part that was asked for, print its table, write its JSON."""
    options = _options()
    warnings.filterwarnings("ignore")
    part = PARTS[options.part]
    record = {
        "part": options.part,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        **part.measure(options),
    }
    print(part.table(record))
    out = options.out or ROOT / "reports" / f"benchmark_speed_{record['part']}.json"
    out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"\n{out}")


def _commit() -> str:
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT).stdout.strip()  # noqa: S603


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    for name, module in PARTS.items():
        part = parts.add_parser(name, help=module.__doc__.splitlines()[0])
        part.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
        part.add_argument("--out", type=Path, help="where the JSON goes")
        module.add_options(part)
    return parser.parse_args()


if __name__ == "__main__":
    main()
