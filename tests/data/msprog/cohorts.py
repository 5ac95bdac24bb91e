"""Two small made-up cohorts, the same wherever they are made.

Irregular visits, noisy scales, relapses on and off visits.
"""

from datetime import date, timedelta
from math import floor
from pathlib import Path

from regraft.core.streams import Purpose, normal, poisson_quantile, uniform

COHORTS = {"c1": (11, 25), "c2": (12, 25)}  # name: seed, subjects
HEADER = "id,date,EDSS,SDMT,T25FW,NHPT"


def write_cohort(folder: Path, seed: int, subjects: int) -> None:
    """Write visits.csv and relapses.csv of one cohort in the layout of msprog."""
    visits, relapses = [HEADER], ["id,date"]
    for subject in range(subjects):
        start = date(2008, 1, 1) + timedelta(days=int(uniform(seed, subject, Purpose.VISITS, 0, 0) * 1500))
        days = _visits(seed, subject, start, visits)
        _relapses(seed, subject, start, days, relapses)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "visits.csv").write_text("\n".join(visits) + "\n", encoding="utf-8")
    (folder / "relapses.csv").write_text("\n".join(relapses) + "\n", encoding="utf-8")


def _visits(seed: int, subject: int, start: date, rows: list[str]) -> list[int]:
    def u(step: int, slot: int) -> float:
        return uniform(seed, subject, Purpose.VISITS, step, slot)

    def z(step: int, slot: int) -> float:
        return normal(seed, subject, Purpose.RATER, step, slot)

    level, symbols, walk, peg = u(0, 2) * 7.5, 30 + u(0, 3) * 35, 4 + u(0, 4) * 8, 15 + u(0, 5) * 20
    day, days = 0, []
    for j in range(1 + int(u(0, 1) * 24)):
        level = min(9.4, max(0, level + 0.06 + 0.28 * z(j, 0)))
        symbols = min(105, max(0, symbols - 0.3 + 2 * z(j, 1)))
        walk = max(2.5, walk * (1.01 + 0.05 * z(j, 2)))
        peg = max(8, peg * (1.01 + 0.05 * z(j, 3)))
        edss = min(9.5, max(0, floor(2 * (level + 0.45 * z(j, 4)) + 0.5) / 2))
        edss = 0.0 if edss == 0.5 else edss
        sdmt = int(min(110, max(0, floor(symbols + 2.5 * z(j, 5) + 0.5))))
        t25fw, nhpt = floor(walk * (1 + 0.06 * z(j, 6)) * 10) / 10, floor(peg * (1 + 0.06 * z(j, 7)) * 10) / 10
        rows.append(f"{subject:03d},{start + timedelta(days=day)},{edss},{sdmt},{t25fw},{nhpt}")
        days.append(day)
        day += 1 + int((28, 84, 91, 182)[int(4 * u(j + 1, 6))] * (0.5 + u(j + 1, 7)))
    return [*days, day]


def _relapses(seed: int, subject: int, start: date, days: list[int], rows: list[str]) -> None:
    def u(step: int, slot: int) -> float:
        return uniform(seed, subject, Purpose.VISITS, step, slot)

    *visits, end = days
    onsets = set()
    for j in range(poisson_quantile(u(0, 8), end / 365 * 0.7)):
        onset = int(-150 + u(100 + j, 0) * (end + 200))
        if u(100 + j, 1) < 0.1:
            onset = visits[int(u(100 + j, 2) * len(visits))]
        onsets.add(onset)
    rows.extend(f"{subject:03d},{start + timedelta(days=onset)}" for onset in sorted(onsets))
