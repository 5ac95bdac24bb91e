"""Who comes to the clinic: the population file, as a person writes it.

It says how people differ when they fall ill and how they are referred. Outcomes are never drawn from it: each candidate
lives with the disease under the drugs of the era and is screened.
"""

from enum import StrEnum
from pathlib import Path
from typing import Self, final

from pydantic import Field, model_validator

from regraft.core.inherit import read_with_parents
from regraft.core.library import LIBRARY
from regraft.core.limits import limited
from regraft.core.line import Line
from regraft.core.origin import Standing
from regraft.core.settings import (
    Choice,
    Section,
    find_file,
    raise_issues,
    refuse,
    validate,
)
from regraft.core.sources import Source, count_origins, unmatched_sources

FOLDER = LIBRARY / "populations"


class EraDrug(StrEnum):
    """A disease-modifying drug given before transplantation."""

    INTERFERON_BETA = "interferon_beta"
    GLATIRAMER = "glatiramer"
    TERIFLUNOMIDE = "teriflunomide"
    DIMETHYL_FUMARATE = "dimethyl_fumarate"
    FINGOLIMOD = "fingolimod"
    CLADRIBINE = "cladribine"
    OCRELIZUMAB = "ocrelizumab"
    OFATUMUMAB = "ofatumumab"
    NATALIZUMAB = "natalizumab"
    ALEMTUZUMAB = "alemtuzumab"
    MITOXANTRONE = "mitoxantrone"
    CYCLOPHOSPHAMIDE_PULSES = "cyclophosphamide_pulses"
    NONE = "none"


@final
class OnsetAge(Section):
    """Age at the first symptom: normal between its limits [years]."""

    mean: float = limited("population.onset_age_years.mean")
    sd: float = limited("population.onset_age_years.sd")
    minimum: float = limited("population.onset_age_years.minimum")
    maximum: float = limited("population.onset_age_years.maximum")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _between(self.minimum, self.mean, self.maximum)
        return self


@final
class FemaleShare(Section):
    """The share of women."""

    value: float = limited("population.female_share.value")


@final
class Height(Section):
    """Height by sex: normal [cm]."""

    female_mean: float = limited("population.height_cm.female_mean")
    female_sd: float = limited("population.height_cm.female_sd")
    male_mean: float = limited("population.height_cm.male_mean")
    male_sd: float = limited("population.height_cm.male_sd")


@final
class BodyMassIndex(Section):
    """Body mass index: lognormal between its limits [kg/m2]."""

    mean: float = limited("population.body_mass_index.mean")
    cv_pct: float = limited("population.body_mass_index.cv_pct")
    minimum: float = limited("population.body_mass_index.minimum")
    maximum: float = limited("population.body_mass_index.maximum")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _between(self.minimum, self.mean, self.maximum)
        return self


@final
class DiagnosisDelay(Section):
    """Time from first symptom to diagnosis: exponential [years]."""

    mean: float = limited("population.diagnosis_delay_years.mean")


@final
class Referral(Section):
    """How a person with eligible disease comes to the transplant clinic."""

    visit_months: int = limited("population.referral.visit_months")
    probability_per_sign: float = limited("population.referral.probability_per_sign")
    probability_without_signs: float = limited("population.referral.probability_without_signs", 0.0)
    give_up_years: float = limited("population.referral.give_up_years")


@final
class Era(Section):
    """The drugs of the time, in order, and when they are changed."""

    first_drug: Choice[EraDrug]
    second_drug: Choice[EraDrug]
    third_drug: Choice[EraDrug]
    start_after_diagnosis_years: float = limited("population.era.start_after_diagnosis_years")
    switch_after_relapses_on_drug: int = limited("population.era.switch_after_relapses_on_drug")
    third_drug_share: float = limited("population.era.third_drug_share")


@final
class Steroids(Section):
    """The share of relapses treated with high-dose corticosteroids."""

    treated_share: float = limited("population.steroids.treated_share")


@final
class PrimaryProgressive(Section):
    """People whose disease is progressive from the first symptom: their share, and how much later it begins [years].

    `female_share` is that among them; left out, as in everybody.
    """

    share: float = limited("population.primary_progressive.share", 0.0)
    onset_later_years: float = limited("population.primary_progressive.onset_later_years", 10.0)
    female_share: float | None = limited("population.female_share.value", None)


@final
class Population(Section):
    """A whole population file."""

    name: Line
    title: Line
    onset_age_years: OnsetAge
    female_share: FemaleShare
    height_cm: Height
    body_mass_index: BodyMassIndex
    diagnosis_delay_years: DiagnosisDelay
    referral: Referral
    era: Era
    steroids: Steroids
    primary_progressive: PrimaryProgressive = Field(default_factory=PrimaryProgressive)
    sources: dict[str, Source] = Field(default_factory=dict)

    def origins(self) -> dict[Standing, int]:
        """Count the numbers by origin and checked state."""
        return count_origins(self.model_dump(exclude_unset=True), self.sources)


def _between(minimum: float, mean: float, maximum: float) -> None:
    if minimum > maximum:
        raise refuse("minimum", minimum, f"above the maximum of {maximum:g}", "Exchange the two.")
    if not minimum <= mean <= maximum:
        raise refuse("mean", mean, f"outside {minimum:g} to {maximum:g}", "Correct the mean or its limits.")


def load_population(name_or_path: str | Path) -> Population:
    """Load a population by its name, or from a file of one's own; it may be like another and say only what differs.

    Raises
    ------
    FileProblem
        No such population or file, or no readable TOML.
    SettingsProblem
        Every key that cannot be used, in one message.
    """
    path = find_file(name_or_path, FOLDER, "population")
    data = read_with_parents(path, FOLDER, "population", load_population)
    population = validate(Population, data, path)
    raise_issues(path, unmatched_sources(data, population.sources))
    return population
