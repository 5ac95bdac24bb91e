"""What a baseline remembers of one simulated trial, and how two of them are compared.

Numbers of two machines may differ in the last bit: their C library computes exponentials with other instructions. So a
baseline also remembers how this arithmetic rounds. Where it rounds alike every bit is compared, elsewhere the numbers.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from math import exp, isclose, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from regraft.analysis.summary import summarise
from regraft.core.kernels import kernel
from regraft.core.parameters import load_parameters
from regraft.core.streams import normal, uniform
from regraft.course.course import Course
from regraft.disease.layout import Weekly
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.patient.population import load_population
from regraft.physiology.signs import Daily
from regraft.replication.parameter_draws import posterior_draws
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan, run_batches

FOLDER = Path(__file__).parent
PROTOCOLS = ("atkins-2016", "mist-2019-randomised")
SEED = 2016
SUMMARY_NUMBERS = 20
RELATIVE = 1e-6
Document = Mapping[str, Any]


@kernel
def _round_trip(start: float, steps: int) -> float:
    value = start
    for _ in range(steps):
        value = log(1.0 + exp(sqrt(value + 1.3)))
    return value


def rounding() -> str:
    """Return a digest of how this machine rounds exponentials and logarithms."""
    values = np.array([_round_trip(0.001 * k, 7) for k in range(4000)])
    return sha256(values.tobytes()).hexdigest()[:16]


def measured(name: str) -> Document:
    """Return what is remembered of the first trial that ``regraft run NAME`` simulates."""
    protocol, parameters = load_protocol(name), load_parameters()
    plan = TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=parameters,
        draws=posterior_draws(protocol, parameters, SEED),
        seed=SEED,
        years=protocol.follow_up_years,
    )
    (batch,) = run_batches(plan, 0, protocol.patients, threads=2, batch=protocol.patients)
    rules = load_definition(protocol.endpoints.definitions)
    derived = derive(batch.study, rules)
    rows = summarise(batch.study, derived, rules).rows
    known = [row for row in rows if row.estimate is not None]
    chosen = [known[round(k)] for k in np.linspace(0, len(known) - 1, SUMMARY_NUMBERS)]
    tables = {name: table.sort(table.columns) for name, table in sorted(batch.study.tables.items())}
    return {
        "rounding": rounding(),
        "flow": _flow(batch.study.tables),
        "random_words": [uniform(SEED, 3, 2, 1, 0).hex(), normal(SEED, 23, 7, 5, 11).hex()],
        "summary": {f"{row.endpoint}/{row.statistic}": float(row.estimate or 0.0) for row in chosen},
        "latent_means": _latent_means(batch.course),
        "tables": {name: _digest(table) for name, table in tables.items()},
    }


def _flow(tables: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    dispositions = tables["dispositions"].group_by("event").len().sort("event")
    screened = int(tables["subjects"]["candidates_screened"].sum())
    return {"screened": screened, **{name: table.height for name, table in sorted(tables.items())}} | dict(
        dispositions.iter_rows()
    )


def _latent_means(course: Course) -> dict[str, float]:
    weeks, days = course.weeks, course.daily
    return {
        "edss": float(np.nanmean(weeks[:, :, Weekly.TRUE_EDSS])),
        "lesion_rate_per_year": float(np.nanmean(weeks[:, :, Weekly.LESION_RATE_PER_YEAR])),
        "brain_volume_change_pct": float(np.nanmean(weeks[:, :, Weekly.BRAIN_VOLUME_CHANGE_PCT])),
        "neutrophils_1e9_per_l": float(np.nanmean(days[:, :, Daily.NEUTROPHILS_1E9_PER_L])),
        "lymphocytes_per_ul": float(np.nanmean(course.lymphocytes)),
    }


def _digest(table: pl.DataFrame) -> str:
    """Return a digest of a table as exact text: floats in hexadecimal, in the order of rows given."""
    text = [
        [value.hex() if isinstance(value, float) else repr(value) for value in column.to_list()] for column in table
    ]
    return sha256(repr((table.columns, text)).encode()).hexdigest()[:16]


def differences(now: Document, before: Document) -> list[str]:
    """Return a line for everything that differs; digests count only where both machines round alike."""
    exact = now["rounding"] == before["rounding"]
    return [
        f"{place}: {old!r} before, {new!r} now"
        for place, new, old in _pairs(now, before, "")
        if not _same(new, old, exact=exact, is_digest=place.startswith("tables.") or place == "rounding")
    ]


def _same(new: object, old: object, *, exact: bool, is_digest: bool) -> bool:
    if is_digest and not exact:
        return True
    if isinstance(new, float) and isinstance(old, float) and not exact:
        return isclose(new, old, rel_tol=RELATIVE)
    return new == old


def _pairs(now: Document, before: Document, under: str) -> Iterator[tuple[str, object, object]]:
    for key in sorted({*now, *before}):
        new, old = now.get(key), before.get(key)
        if isinstance(new, Mapping) and isinstance(old, Mapping):
            yield from _pairs(new, old, f"{under}{key}.")
        else:
            yield f"{under}{key}", new, old
