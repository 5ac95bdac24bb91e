"""`regraft verify treatment`: observables the acute model was given, each simulated in its own population."""

from collections.abc import Callable
from pathlib import Path

from regraft.core.parameters import ParameterSet
from regraft.verification.observables import Observable, load_observables
from regraft.verification.rows import Verification, VerifiedRow
from regraft.verification.score import row_of, score
from regraft.verification.studies import REPLICATES
from regraft.verification.treatment.courses import simulate_population
from regraft.verification.treatment.drug_levels import LEVELS
from regraft.verification.treatment.measures import measure
from regraft.verification.treatment.populations import StudyPopulation, draw_people, load_populations

OBSERVABLES = Path(__file__).with_name("observables.toml")
POPULATIONS = Path(__file__).with_name("populations.toml")
Progress = Callable[[str], None]
TITLE = "The treatment: published numbers beside the model"
NOTES = (
    (
        "Every observable is simulated in the population and regimen in which it was seen; who they are, and what "
        "stands for a"
    ),
    "regimen that is not simulated, is in `src/regraft/verification/treatment/populations.toml`.",
    (
        "A study is repeated at its published size (50 where unknown): a row is inside when the published statistic "
        "lies in the"
    ),
    "5-95% of the same statistic, rounded as it was printed; for a published range or bound, when the simulated median",
    (
        "lies within it. Tuned: a parameter was chosen with this number in view. Latent courses, nothing observed "
        "through a trial."
    ),
)


def verify_treatment(
    parameters: ParameterSet,
    *,
    seed: int,
    replicates: int = REPLICATES,
    threads: int = 1,
    progress: Progress = lambda _: None,
) -> Verification:
    """Simulate every population once and hold each observable against it.

    Parameters
    ----------
    parameters : ParameterSet
        The packaged parameters, or others.
    seed, replicates, threads : int
        Seed of the people and of the replicate studies; number of replicate studies; threads (results do not depend on
        it).
    progress : callable
        Called with the title of each population before it is simulated.
    """
    observables, populations = load_observables(OBSERVABLES), load_populations(POPULATIONS)
    outcomes: dict[str, VerifiedRow] = {}
    for name, population in populations.items():
        here = [entry for entry in observables if entry.scored and entry.population == name]
        if here:
            progress(population.title)
            outcomes |= _rows_of(name, population, here, parameters, seed=seed, replicates=replicates, threads=threads)
    rows = tuple(outcomes.get(entry.key) or row_of(entry, "", {}) for entry in observables)
    return Verification(part="treatment", seed=seed, replicates=replicates, rows=rows)


def _rows_of(
    name: str,
    population: StudyPopulation,
    here: list[Observable],
    parameters: ParameterSet,
    *,
    seed: int,
    replicates: int,
    threads: int,
) -> dict[str, VerifiedRow]:
    """Return the rows of one population, by key."""
    levels = [entry for entry in here if entry.measure["of"] in LEVELS]
    people = draw_people(name, population, parameters, seed=seed)
    values = {entry.key: LEVELS[entry.measure["of"]](people.records, entry.measure) for entry in levels}
    if len(levels) < len(here):
        courses = simulate_population(name, population, parameters, seed=seed, threads=threads)
        values |= {entry.key: measure(courses, entry.measure) for entry in here if entry not in levels}
    return {
        entry.key: row_of(entry, population.title, score(values[entry.key], entry, seed=seed, replicates=replicates))
        for entry in here
    }
