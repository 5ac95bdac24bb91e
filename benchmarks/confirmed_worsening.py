"""Confirmed worsening by definition: patients per second, beside pymsprog where an interpreter with it is given.

Run with ``python benchmarks/confirmed_worsening.py [patients] [--pymsprog /path/to/its/python] [--million]``. Every
patient has 20 visits at about three months and Poisson relapses, half a one a year. The first line of each definition
is the search alone over arrays; the second goes from the tables of a study to rows with dates and words.
"""

import argparse
import json
import resource
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal, poisson_quantile, uniform
from regraft.endpoints.definition import load_progression
from regraft.endpoints.progression.batch import search_events
from regraft.endpoints.progression.rows import derive_progression
from regraft.endpoints.progression.trajectories import study_trajectories
from regraft.study.tables import Study, StudyAbout

VISITS = 20
DEFINITIONS = ("msprog-first-cdw-24w-fixed", "msprog-multiple-24w-roving")
THEIRS = {
    "msprog-first-cdw-24w-fixed": {"event": "firstCDW", "conf_days": 168},
    "msprog-multiple-24w-roving": {"event": "multiple", "conf_days": 168, "baseline": "roving", "RAW_PIRA": True},
}
_ORACLE = """
import json, sys, time, pandas as pd, pymsprog
folder, settings = sys.argv[1], json.loads(sys.argv[2])
visits = pd.read_csv(folder + "/visits.csv", parse_dates=["date"])
relapses = pd.read_csv(folder + "/relapses.csv", parse_dates=["date"])
started = time.perf_counter()
_, rows = pymsprog.MSprog(visits, "id", "EDSS", "date", "edss", relapse=relapses, verbose=0, **settings)
seconds = time.perf_counter() - started
rows = rows.fillna("").query("event_type != ''")
columns = ["id", "nevent", "event_type", "time2event"]
found = [[str(i), int(n), t, int(d)] for i, n, t, d in rows[columns].values.tolist()]
print(json.dumps({"seconds": seconds, "rows": found}))
"""


@kernel
def _fill(seed: int, days: Any, edss: Any, relapses: Any, relapse_count: Any) -> None:
    for i in range(days.shape[0]):
        level = 6.0 * uniform(seed, i, Purpose.VISITS, 0, 0)
        day = 0.0
        for j in range(days.shape[1]):
            level = min(9.0, max(0.0, level + 0.04 + 0.25 * normal(seed, i, Purpose.RATER, j, 0)))
            grade = np.floor(2.0 * level + normal(seed, i, Purpose.RATER, j, 1) * 0.6 + 0.5) / 2.0
            edss[i, j] = min(9.5, max(0.0, grade if grade != 0.5 else 0.0))
            days[i, j] = day
            day += np.floor(60.0 + 60.0 * uniform(seed, i, Purpose.VISITS, j + 1, 1))
        count = min(relapses.shape[1], poisson_quantile(uniform(seed, i, Purpose.RELAPSES, 0, 0), 0.5 * day / 365.25))
        relapse_count[i] = count
        for j in range(count):
            relapses[i, j] = np.floor(day * uniform(seed, i, Purpose.RELAPSES, 1, j))


def made_up_study(patients: int, seed: int = 1) -> Study:
    """Return a study of `patients` with 20 visits each."""
    days, edss = np.empty((patients, VISITS)), np.empty((patients, VISITS))
    onsets, counts = np.empty((patients, 16)), np.zeros(patients, dtype=np.int64)
    _fill(seed, days, edss, onsets, counts)
    names = pl.Series("subject_id", np.arange(1, patients + 1)).cast(pl.String)
    first_day = (date(2010, 1, 1) - date(1970, 1, 1)).days

    def dated(values: np.ndarray) -> pl.Series:
        return pl.Series((values + first_day).astype(np.int32)).cast(pl.Date)

    owner = np.repeat(np.arange(patients), VISITS)
    happened = np.arange(onsets.shape[1]) < counts[:, None]
    visits = pl.DataFrame({"subject_id": names.gather(owner), "date": dated(days.ravel()), "edss": edss.ravel()})
    relapses = pl.DataFrame(
        {"subject_id": names.gather(np.repeat(np.arange(patients), counts)), "onset_date": dated(onsets[happened])}
    ).unique(maintain_order=True)
    tables = {"subjects": names.to_frame(), "visits": visits, "relapses": relapses}
    return Study(tables, StudyAbout(title="made up", simulated=True, source="benchmarks/confirmed_worsening.py"))


def _best(run: Any, repeats: int = 3) -> float:
    seconds = []
    for _ in range(repeats):
        started = perf_counter()
        run()
        seconds.append(perf_counter() - started)
    return min(seconds)


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure(patients: int) -> None:
    """Print patients per second for every definition."""
    study = made_up_study(patients)
    for name in DEFINITIONS:
        rules = load_progression(name)
        trajectories, plan = study_trajectories(study, rules).trajectories, rules.plan()
        started = perf_counter()
        found = search_events(plan, trajectories)
        first = perf_counter() - started
        search = _best(lambda plan=plan, trajectories=trajectories: search_events(plan, trajectories))
        whole = _best(lambda rules=rules: derive_progression(study, rules))
        print(f"{name}: {patients:,} patients, {found.event.size:,} events; first call {first:.1f} s (compile or load)")
        print(f"  search alone     {search:7.3f} s {patients / search:12,.0f} patients/s on 2 threads")
        print(f"  tables to rows   {whole:7.3f} s {patients / whole:12,.0f} patients/s")


def beside(python: Path, patients: int) -> None:
    """Print how fast pymsprog finds the same events, and whether they are the same."""
    study = made_up_study(patients)
    with tempfile.TemporaryDirectory() as folder:
        renamed = {"subject_id": "id", "onset_date": "date", "edss": "EDSS"}
        for table in ("visits", "relapses"):
            study.tables[table].rename(renamed, strict=False).write_csv(Path(folder) / f"{table}.csv")
        for name in DEFINITIONS:
            command = [str(python), "-W", "ignore", "-c", _ORACLE, folder, json.dumps(THEIRS[name])]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            rows = derive_progression(study, load_progression(name)).rows.filter(pl.col("event_type") != "")
            ours = rows.select("subject_id", "event_number", "event_type", "time_to_event_days").rows()
            same = "identical" if ours == [tuple(row) for row in told["rows"]] else "DIFFERENT"
            rate = patients / told["seconds"]
            print(
                f"pymsprog, {name}: {patients:,} patients, {told['seconds']:.2f} s, {rate:,.0f} patients/s; rows {same}"
            )


def million() -> None:
    """Print time and memory for a million patients, from tables to rows."""
    study = made_up_study(1_000_000)
    print(f"1,000,000 patients, {study.tables['visits'].height:,} visits made; peak {_peak_gb():.2f} GB")
    for name in DEFINITIONS:
        started = perf_counter()
        rows = derive_progression(study, load_progression(name)).rows
        print(f"  {name}: {perf_counter() - started:.1f} s, {rows.height:,} rows; peak {_peak_gb():.2f} GB")


def main() -> None:
    """Measure ours, then pymsprog and a million patients where asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patients", nargs="?", type=int, default=20_000)
    parser.add_argument("--pymsprog", type=Path, help="a Python interpreter that can import pymsprog")
    parser.add_argument("--pymsprog-patients", type=int, default=300)
    parser.add_argument("--million", action="store_true")
    chosen = parser.parse_args()
    measure(chosen.patients)
    if chosen.pymsprog is not None:
        beside(chosen.pymsprog, chosen.pymsprog_patients)
    if chosen.million:
        million()


if __name__ == "__main__":
    main()
