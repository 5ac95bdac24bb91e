"""`regraft verify disease`: every observable the disease model was given, simulated in the population it was seen in."""

from collections.abc import Callable
from pathlib import Path

from regraft.core.errors import SettingsProblem, nearest
from regraft.core.parameters import ParameterSet
from regraft.prediction.verification.disease.course_measures import MEASURES as OF_COURSES
from regraft.prediction.verification.disease.pools import POOLS
from regraft.prediction.verification.disease.study_measures import MEASURES as OF_STUDIES
from regraft.prediction.verification.observables import load_observables
from regraft.prediction.verification.rows import Verification, VerifiedRow
from regraft.prediction.verification.scoring import REPLICATES, row_of, score

OBSERVABLES = Path(__file__).with_name("observables.toml")
TITLE = "The disease: published numbers beside the model"
NOTES = (
    "People fall ill, live week by week, and are chosen by what each study asked for (`verification/disease/pools.py`); nobody's",
    "outcome is drawn from a publication. A transplant is an ablation of stated depth here, without its acute course.",
    "People diagnosed since about 2005 are given three fifths of the lesion rate of the older cohorts (assumed).",
    "A study is repeated at its published size (50 where unknown): a row is inside when the published statistic lies in the",
    "5-95% of the same statistic, rounded as it was printed; for a published range or bound, when the simulated median",
    "lies within it. The interval holds sampling only and no doubt about parameters, so large registries ask for exactness.",
    "Tuned: a parameter was chosen with this number in view. Context: the study judges predictions and was never tuned to.",
)
MEASURES = {**OF_COURSES, **OF_STUDIES}
Progress = Callable[[str], None]


def verify_disease(
    parameters: ParameterSet, *, seed: int, replicates: int = REPLICATES, progress: Progress = lambda _: None
) -> Verification:
    """Simulate every population once and hold each observable against it.

    Parameters
    ----------
    parameters : ParameterSet
        The packaged parameters, or others.
    seed, replicates : int
        Seed of the people and of the replicate studies; number of replicate studies.
    progress : callable
        Called with the title of each population before it is measured.

    Raises
    ------
    SettingsProblem
        An observable that names an unknown population or measure.
    """
    observables = load_observables(OBSERVABLES)
    rows: dict[str, VerifiedRow] = {}
    for name, build in POOLS.items():
        here = [entry for entry in observables if entry.scored and entry.population == name]
        if not here:
            continue
        pool = build(parameters, seed)
        progress(pool.title)
        for entry in here:
            how = entry.measure
            if how["of"] not in MEASURES:
                raise SettingsProblem(
                    OBSERVABLES, entry.key, how["of"], "no such measure", nearest(how["of"], MEASURES)
                )
            outcome = score(MEASURES[how["of"]](pool, how), entry, seed=seed, replicates=replicates)
            rows[entry.key] = row_of(entry, pool.title, outcome)
    return Verification(
        part="disease", seed=seed, replicates=replicates,
        rows=tuple(rows.get(entry.key) or row_of(entry, "", {}) for entry in observables),
    )  # fmt: skip
