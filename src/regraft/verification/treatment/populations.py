"""Who a study saw, and how the model makes such people.

Size, sex, age, graft, regimen, and what differs in their bodies.

Every difference from the packaged adults with MS stands in the populations file with its reason; the treatment starts
from a packaged protocol and says what is changed.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, final

import numpy as np
from pydantic import Field
from scipy.special import ndtr

from regraft.core.arrays import Floats
from regraft.core.errors import SettingsProblem, nearest
from regraft.core.parameters import ParameterSet
from regraft.core.settings import Choice, Section, read_toml, validate
from regraft.core.streams import Address, Purpose, address, normal, normal_quantile, uniform
from regraft.patient.record import draw_effects, empty_matrix, record_dtype, spreads_of, write_person
from regraft.treatment.cohort import Cohort
from regraft.treatment.plan import TreatmentPlans, compile_treatment
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.protocol import load_protocol

_COVARIATES = int(Purpose.COVARIATES)
_SEX, _HEIGHT, _MASS, _AGE, _CD34 = 300, 301, 302, 303, 304  # slots of the variates
_PEOPLE_PER_POPULATION = 1_000_000


class Way(StrEnum):
    """How far a person of the population is followed."""

    MOBILISE = "mobilise"  # mobilisation only
    GRAFT = "graft"  # conditioning and a graft of a given size
    PATHWAY = "pathway"  # all seven steps


@final
class Difference(Section):
    """A parameter that differs in this population, as a new typical value or a factor on the packaged one."""

    value: float | None = None
    factor: float | None = None
    why: str = Field(min_length=1)


@final
class People(Section):
    """Sex, size and age; height is normal, body-mass index lognormal, age normal within its limits."""

    female_share: float = Field(ge=0, le=1)
    age_years: float = Field(gt=0, le=90)
    age_sd_years: float = Field(ge=0)
    age_minimum_years: float = Field(ge=0)
    age_maximum_years: float = Field(le=90)
    height_men_cm: float = Field(gt=40)
    height_women_cm: float = Field(gt=40)
    height_sd_cm: float = Field(ge=0)
    body_mass_index: float = Field(gt=8)
    body_mass_index_cv_pct: float = Field(ge=0)
    edss: float = Field(ge=0, le=9.5)


@final
class GraftDose(Section):
    """CD34+ cells infused: lognormal, kept between two limits; CD3+ cells with them."""

    cd34_1e6_per_kg: float = Field(gt=0)
    cd34_cv_pct: float = Field(ge=0)
    cd34_minimum: float = Field(default=0.0, ge=0)
    cd34_maximum: float = Field(default=100.0, gt=0)
    cd3_1e6_per_kg: float = Field(ge=0)


@final
class StudyPopulation(Section):
    """One population of the file; `treatment` holds the sections of a protocol that are changed."""

    title: str = Field(min_length=1)
    why: str = Field(min_length=1)
    way: Choice[Way]
    simulated: int = Field(default=600, ge=50)
    protocol: str = "atkins-2016"
    people: People
    graft: GraftDose | None = None
    differences: dict[str, Difference] = Field(default_factory=dict)
    treatment: dict[str, dict[str, Any]] = Field(default_factory=dict)


@final
class _File(Section):
    population: dict[str, StudyPopulation] = Field(min_length=1)


def load_populations(path: Path) -> Mapping[str, StudyPopulation]:
    """Read a populations file; `[adults]` holds what `people` of a population does not say, `[regimens]` drugs by name.

    Raises
    ------
    SettingsProblem
        An entry that is incomplete or has unknown keys.
    """
    written = read_toml(path)
    adults, regimens = written.pop("adults", {}), written.pop("regimens", {})
    for name, entry in written.get("population", {}).items():
        entry["people"] = adults | entry.get("people", {})
        regimen = entry.pop("regimen", None)
        if regimen is not None:
            _give_regimen(path, name, entry, regimen, regimens)
    return validate(_File, written, path).population


def _give_regimen(path: Path, name: str, entry: dict[str, Any], regimen: str, regimens: Mapping[str, Any]) -> None:
    """Write the drugs of a named regimen, given at once, into the treatment of a population."""
    if regimen not in regimens:
        raise SettingsProblem(
            path, f"population.{name}.regimen", regimen, "no such regimen", nearest(regimen, regimens)
        )
    treatment = entry.setdefault("treatment", {})
    drugs = {"starts_weeks_after_harvest": 0.0, "drug": regimens[regimen]}
    treatment["conditioning"] = drugs | treatment.get("conditioning", {})


def parameters_of(population: StudyPopulation, parameters: ParameterSet) -> ParameterSet:
    """Return the parameters with the population's differences."""
    changes = {}
    for name, change in population.differences.items():
        if (change.value is None) == (change.factor is None):
            raise SettingsProblem(name, "differences", None, "give either value or factor", "Remove one, or add one.")
        changes[name] = parameters[name].value * change.factor if change.factor is not None else change.value or 0.0
    return parameters.replace(changes)


def plans_of(population: StudyPopulation) -> TreatmentPlans:
    """Return the compiled treatment of the population: the packaged protocol with its changes, no amendments."""
    written = load_protocol(population.protocol).treatment.model_dump()
    written["amendment"] = ()
    for section, values in population.treatment.items():
        written[section].update(values)
    return compile_treatment(TreatmentProtocol.model_validate(written))


def draw_people(name: str, population: StudyPopulation, parameters: ParameterSet, *, seed: int) -> Cohort:
    """Return the population's pool; the same name and seed give the same people.

    Parameters
    ----------
    name : str
        Key of the population, which names its random streams.
    population : StudyPopulation
        Who they are.
    parameters : ParameterSet
        Typical values and spreads of adults with MS.
    seed : int
        Seed of the people.
    """
    own = parameters_of(population, parameters)
    spreads = spreads_of(own)
    n, people = population.simulated, population.people
    ids = (address(name) % 2**20) * _PEOPLE_PER_POPULATION + np.arange(n, dtype=np.int64)
    matrix, ages = empty_matrix(own, n), np.empty(n)
    for i, person in enumerate(ids):
        ages[i] = _draw_person(seed, int(person), people, matrix[i])
        draw_effects(spreads, Address(seed, int(person)), 0, matrix[i])
    return Cohort(
        matrix=matrix,
        dtype=record_dtype(own),
        ids=ids,
        age_years=ages,
        edss=np.full(n, people.edss),
        bladder_grade=np.ones(n),
        variant=np.zeros(n, dtype=np.int64),
    )


def _draw_person(seed: int, person: int, people: People, row: Floats) -> float:
    """Write sex and size into the record and return the age."""
    female = uniform(seed, person, _COVARIATES, 0, _SEX) < people.female_share
    height = people.height_women_cm if female else people.height_men_cm
    height += people.height_sd_cm * normal(seed, person, _COVARIATES, 0, _HEIGHT)
    spread = np.sqrt(np.log1p((people.body_mass_index_cv_pct / 100.0) ** 2))
    mass_index = people.body_mass_index * np.exp(spread * normal(seed, person, _COVARIATES, 0, _MASS))
    age = people.age_years + people.age_sd_years * normal(seed, person, _COVARIATES, 0, _AGE)
    age = float(np.clip(age, people.age_minimum_years, people.age_maximum_years))
    write_person(row, min(age, 28.0), female, height, float(mass_index * (height / 100.0) ** 2))
    return age


def draw_cd34(graft: GraftDose, cohort: Cohort, *, seed: int) -> Floats:
    """Return the CD34 dose [1e6/kg] of each person, shape (people,): lognormal, cut off at its limits.

    Parameters
    ----------
    graft : GraftDose
        Median, spread and limits.
    cohort : Cohort
        The people.
    seed : int
        Seed of the doses.
    """
    sigma = float(np.sqrt(np.log1p((graft.cd34_cv_pct / 100.0) ** 2)))
    middle = float(np.log(graft.cd34_1e6_per_kg))
    if sigma == 0.0:
        return np.full(len(cohort.ids), graft.cd34_1e6_per_kg)
    ends = [(np.log(max(end, 1e-9)) - middle) / sigma for end in (graft.cd34_minimum, graft.cd34_maximum)]
    low, high = (float(ndtr(end)) for end in ends)
    shares = [uniform(seed, int(person), _COVARIATES, 0, _CD34) for person in cohort.ids]
    return np.array([np.exp(middle + sigma * normal_quantile(low + (high - low) * share)) for share in shares])
