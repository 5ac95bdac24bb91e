"""`regraft verify disease`: every observable the disease model was given, simulated in the population it was seen in."""

from collections.abc import Callable

from regraft.core.errors import SettingsProblem, nearest
from regraft.core.parameters import ParameterSet
from regraft.prediction.verify_disease_course import MEASURES as OF_COURSES
from regraft.prediction.verify_disease_pools import POOLS
from regraft.prediction.verify_disease_studies import MEASURES as OF_STUDIES
from regraft.prediction.verify_observables import FOLDER, load_observables
from regraft.prediction.verify_rows import Verification, VerifiedRow
from regraft.prediction.verify_scoring import REPLICATES, row_of, score

OBSERVABLES = FOLDER / "disease.toml"
MEASURES = {**OF_COURSES, **OF_STUDIES}
Progress = Callable[[str], None]


def verify_disease(
    parameters: ParameterSet, *, seed: int, replicates: int = REPLICATES, threads: int = 1,
    progress: Progress = lambda _: None,
) -> Verification:  # fmt: skip
    """Simulate every population once and hold each observable against it.

    Parameters
    ----------
    parameters : ParameterSet
        The packaged parameters, or others.
    seed, replicates : int
        Seed of the people and of the replicate studies; number of replicate studies.
    threads : int
        Taken for likeness with the treatment; one is enough here.
    progress : callable
        Called with the title of each population after it is simulated.

    Raises
    ------
    SettingsProblem
        An observable that names an unknown population or measure.
    """
    del threads
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
                raise SettingsProblem(OBSERVABLES, entry.key, how["of"], "no such measure", nearest(how["of"], MEASURES))
            outcome = score(MEASURES[how["of"]](pool, how), entry, seed=seed, replicates=replicates)
            rows[entry.key] = row_of(entry, pool.title, outcome)
    return Verification(
        part="disease", seed=seed, replicates=replicates,
        rows=tuple(rows.get(entry.key) or row_of(entry, "", {}) for entry in observables),
    )  # fmt: skip
