#!/usr/bin/env python
"""Write docs/format-limits.md from the table of limits, so that the page cannot drift from what is refused.

Usage: ``scripts/pages/format_limits.py`` writes the page; with ``--check`` it only says whether the page is current.
"""

import argparse
import sys
from pathlib import Path

from regraft.core.limits import DOSES, LIMITS, Limit

PAGE = Path(__file__).resolve().parents[2] / "docs" / "format-limits.md"
INTRODUCTION = """# Limits of the numbers in a protocol, a population and a schedule of aftercare

<!-- Written by scripts/pages/format_limits.py from src/regraft/core/limits.toml: do not edit by hand. -->

A number or date outside its limits is refused (exit code 2) with file, key, value, the limits and the reason that
stands here. Limits are wide: they catch a wrong unit, a slipped decimal point and a wrong key, and are no advice.
"or 0" means that 0 stands for none. What is plausible by itself may still make no trial with the rest: a graft that is
not frozen keeps for 72 hours (Berz 2007, Am J Hematol 82:463), a dose is not rounded by more than a quarter, nor capped
below what 50 kg or 1.5 m2 get, and nobody is followed beyond `accrual.data_cutoff`.
"""


def page() -> str:
    """Return the whole page."""
    sections: dict[str, list[str]] = {}
    for key, limit in LIMITS.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(_row(f"`{name}`", limit))
    parts = [INTRODUCTION]
    for section, rows in sections.items():
        title = "Top of the file" if section == "protocol" else f"`{section}`"
        parts.append("\n".join([f"## {title}", "", "| key | plausible | source or reason |", "|---|---|---|", *rows]))
    parts.append(_doses())
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _row(name: str, limit: Limit) -> str:
    return f"| {name} | {limit.range_text} | {limit.reason} |"


def _doses() -> str:
    rows = [
        f"| `{drug}` | {limit.range_text} | {limit.total:g} {unit} | {limit.reason} |"
        for drug, units in DOSES.items()
        for unit, limit in units.items()
    ]
    head = ["## Doses of conditioning drugs", "", "| drug | one single dose | in all, at most | source or reason |"]
    return "\n".join([*head, "|---|---|---|---|", *rows])


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
    if not current:
        sys.stderr.write(f"{PAGE.name} is not what the table says: run scripts/pages/format_limits.py\n")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main())
