"""Change numbers of packaged protocols at random within their limits, treat a few people, and look for faults.

Usage: ``scripts/try_protocols.py [SECONDS] [--seed S] [--people N]`` tries protocols for so long (default 300 s). A
variation is refused (that is fine) or every one of its people is treated. What fails is printed with its protocol. The
exit code is 1 when any did.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from regraft.core.errors import InputError
from regraft.core.limits import DOSES, LIMITS, Limit
from regraft.core.parameters import load_parameters
from regraft.core.settings import validate
from regraft.treatment.cohort import Cohort, draw_cohort, treat_cohort
from regraft.treatment.plan import compile_treatment
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.protocol import list_protocols, load_protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "builders"))

from damage import Chance  # beside the tests that damage files

PERCENT_CHANGED = 12
WEEKS = 60


def main() -> int:
    """Try for the time asked and print how many variations were treated, refused and failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=6)
    asked = parser.parse_args()
    cohort = draw_cohort(load_parameters(), asked.people, seed=3)
    treated = refused = failed = number = 0
    end = time.monotonic() + asked.seconds
    while time.monotonic() < end:
        chance = Chance(asked.seed, number)
        number += 1
        written = _varied(chance)
        try:
            treatment = validate(TreatmentProtocol, written, "variation")
        except InputError:
            refused += 1
            continue
        if _fails(treatment, cohort):
            failed += 1
            print(f"seed {asked.seed}, variation {number - 1} fails: {json.dumps(written)}")
        else:
            treated += 1
    print(f"{treated} variations treated, {refused} refused, {failed} failed")
    return 1 if failed else 0


def _varied(chance: Chance) -> dict[str, Any]:
    name = chance.of(list_protocols())
    written = load_protocol(name).treatment.model_dump(mode="json", exclude_none=True)
    _vary(written, "", chance)
    return written


def _vary(part: dict[str, Any], prefix: str, chance: Chance) -> None:
    """Change some numbers of a section in place, to an end of their limits or between."""
    for key, value in list(part.items()):
        here = f"{prefix}{key}"
        if isinstance(value, dict):
            _vary(value, f"{here}.", chance)
        elif isinstance(value, list):
            for entry in value:
                _vary(entry, f"{here}.", chance)
        elif isinstance(value, int | float) and not isinstance(value, bool) and chance.below(100) < PERCENT_CHANGED:
            limit = _limit(here.replace("amendment.drug.", "conditioning.drug."), part)
            if limit is not None:
                part[key] = _within(limit, chance, whole=isinstance(value, int))


def _limit(key: str, part: dict[str, Any]) -> Limit | None:
    return DOSES[part["name"]][part["unit"]] if key == "conditioning.drug.dose" else LIMITS.get(key)


def _within(limit: Limit, chance: Chance, *, whole: bool) -> float:
    between = limit.low + (limit.high - limit.low) * chance.below(1001) / 1000
    value = chance.of([limit.low, limit.high, between, *([0] if limit.zero else [])])
    return round(value) if whole else float(value)


def _fails(treatment: TreatmentProtocol, cohort: Cohort) -> bool:
    return bool((treat_cohort(compile_treatment(treatment), cohort, seed=1, weeks=WEEKS).n_events < 0).any())


if __name__ == "__main__":
    sys.exit(main())
