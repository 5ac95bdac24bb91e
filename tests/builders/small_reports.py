"""The smallest result of every kind that has a page, each made by what makes real ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from synthetic_worlds import design_of, exponential, synthetic_world

import regraft as rg
from regraft.api.validate import Validation
from regraft.core.library import LIBRARY
from regraft.prediction.predict import Prediction
from regraft.prediction.validate import ValidatedRow
from regraft.prediction.validate import Validation as Validated
from regraft.replication.published import PublishedRow
from regraft.report.designed import Calls, write_designed
from regraft.simulated_design.case import cases
from regraft.simulated_design.operating import operating, paired
from regraft.simulated_design.run import SimulatedDesign, rests_on_of, trial_rows
from regraft.simulated_design.traps import sentences
from regraft.simulated_design.trials import draw_trials

PERSON = {"age": 34.0, "sex": "female", "edss": 3.5, "duration": 6.0, "relapses": 2, "gd": 1, "course": "RRMS"}
SAMPLE = LIBRARY / "examples" / "registry-sample"
NEW_TRIAL = LIBRARY / "examples" / "new-trial"
INTERVALS_HOLD = "The intervals hold the chance of sampling patients, for a test."
PEOPLE = 192 * 40
DAY = np.ceil(exponential(21, [1500.0, 500.0], PEOPLE))


def validated(found: Prediction) -> Validated:
    """Return a validation of one trial, which stands for all that take minutes."""
    rows = [row for row in found.rows if row.inside is not None]
    judged = [
        ValidatedRow(row=row, fitted_without=None, primary=False, counts=True, log_score=-3.0, pit=0.1 * (place % 10))
        for place, row in enumerate(rows)
    ]
    return Validated(
        rows=tuple(judged), posterior=found.posterior, draws=40, seed=2016, intervals_hold=found.intervals_hold
    )


def simulated_design() -> SimulatedDesign:
    """Return a design of two sizes, whose people are made up."""
    design = design_of(recruitment={"patients": 80, "sites": [{"name": "A", "per_month": 3.0}]})
    worlds = [synthetic_world(design, DAY, patients=n) for n in (80, 84)]
    done = [draw_trials(world, 400) for world in worlds]
    rows = tuple(operating(world, one) for world, one in zip(worlds, done, strict=True))
    every = cases(design)
    return SimulatedDesign(
        design=design,
        rows=rows,
        pairs=(paired("s", ("c", done[0]), ("d", done[1]), 40),),
        points=(),
        paths=(),
        sentences=sentences(design, every, rows),
        pools={"pool": PEOPLE},
        trials=trial_rows(worlds[0].case, done[0]),
        rests_on=rests_on_of(design, every),
    )


def _designed(folder: Path) -> Path:
    folder.mkdir()
    write_designed(folder, simulated_design(), "regraft design run x", Calls("rg.design('x')", "rg.design('x').run()"))
    return folder


def made_up_validation() -> Validated:
    """Return a validation of one made-up value."""
    row = PublishedRow(
        study="halt-ms",
        role="score",
        endpoint="relapse",
        label="relapse",
        definition="as published",
        unit="%",
        published=40.0,
        predicted=50.0,
        predicted_low=30.0,
        predicted_high=70.0,
        predicted_mean=50.2,
        monte_carlo_error=0.7,
        inside=True,
    )
    one = ValidatedRow(
        row=row, fitted_without=None, primary=True, counts=True, interval_score=40.0, log_score=-4.0, pit=0.2
    )
    return Validated(rows=(one,), posterior="abc", draws=4000, seed=1, intervals_hold=INTERVALS_HOLD)


def _validation(folder: Path) -> Path:
    return Validation(made_up_validation(), "rg.validate(draws=4000, seed=1)").report(folder)


def _analysis(folder: Path) -> Path:
    methods = [{"method": name, "endpoint": "edss_worsening_12w"} for name in ("log_rank", "cox")]
    return rg.analyse(SAMPLE, against=SAMPLE, analyses={"analysis": methods}).report(folder)


REPORTS: Mapping[str, Callable[[Path], Path]] = {
    "run": lambda folder: rg.simulate("atkins-2016", patients=4, replicates=1, years=2.0, threads=1).report(folder),
    "compare": lambda folder: rg.compare(["cy-atg", "beam-atg"], patients=3, threads=1).report(folder),
    "predict": lambda folder: rg.predict(NEW_TRIAL, replicates=2, threads=1).report(folder),
    "profile": lambda folder: rg.profile(**PERSON, patients=20, years=1.0, threads=1).report(folder),
    "validate": _validation,
    "hypotheses": lambda folder: rg.hypotheses().report(folder),
    "analyse": _analysis,
    "design": _designed,
}
"""By kind: writes a report into a folder that is not there yet, and returns the folder."""
