"""The sections of a protocol file that make a trial of several arms: arms, randomisation, estimands."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self, final

from pydantic import Field, model_validator

from regraft.clinical.intercurrent import Intercurrent
from regraft.core.limits import limited
from regraft.core.line import Line
from regraft.core.mix import MixPart, about_mix
from regraft.core.settings import Choice, Many, Section, refuse, refuse_all
from regraft.patient.population import EraDrug

DRUGS_MAX = 3


class ArmTreatment(StrEnum):
    """What an arm is given."""

    TRANSPLANTATION = "transplantation"  # by the treatment sections of the file
    DRUGS = "drugs"


class Stratum(StrEnum):
    """What randomisation may be stratified by, as seen at screening."""

    SEX = "sex"
    COURSE = "course"
    EDSS = "edss"  # below `edss_limit`, or at and above it


@final
class DrugShare(MixPart):
    """Drugs in the order taken, and how many of an arm's people take these."""

    drugs: Many[Choice[EraDrug]] = Field(min_length=1, max_length=DRUGS_MAX)

    @property
    def in_words(self) -> str:
        """Return the drugs in a sentence."""
        return drugs_in_words(self.drugs)


@final
class Arm(Section):
    """One arm; `published_as` lists the names that evidence files have for it.

    An arm on drugs gives everybody the same `drugs`, or each person those of one part of `mix`, by its numbers.
    """

    name: Line
    allocation: int = limited("arm.allocation", 1)
    treatment: Choice[ArmTreatment]
    drugs: Many[Choice[EraDrug]] = ()
    mix: Many[DrugShare] = ()
    next_after_relapses: int = limited("arm.next_after_relapses", 0)  # 0: the first drug is kept whatever happens
    starts_days_after_randomisation: int = limited("arm.starts_days_after_randomisation", 14)
    annual_withdrawal_probability: float | None = limited("accrual.annual_withdrawal_probability", None)  # or accrual's
    published_as: Many[str] = ()

    @model_validator(mode="after")
    def _has_what_it_gives(self) -> Self:
        if self.treatment is ArmTreatment.DRUGS and self.drugs and self.mix:
            raise refuse("mix", None, "this arm has `drugs` for everybody already", "Keep one of the two.")
        if self.treatment is ArmTreatment.DRUGS and not self.mix and not 1 <= len(self.drugs) <= DRUGS_MAX:
            raise refuse(
                "drugs", list(self.drugs), f"an arm on drugs takes 1 to {DRUGS_MAX} of them", "List them in order."
            )
        if self.treatment is ArmTreatment.TRANSPLANTATION and (self.drugs or self.mix):
            key = "drugs" if self.drugs else "mix"
            raise refuse(key, None, "this arm is transplanted", 'Remove them, or treatment = "drugs".')
        issues = tuple(about_mix("mix", self.mix, [part.in_words for part in self.mix], "write drugs = [...]"))
        if issues:
            raise refuse_all(issues)
        return self


def drugs_in_words(drugs: Sequence[EraDrug]) -> str:
    """Return drugs in the order taken, in words."""
    return ", then ".join(str(drug).replace("_", " ") for drug in drugs)


@final
class Randomisation(Section):
    """Permuted blocks, within strata."""

    blocks: int = limited("randomisation.blocks", 1)  # allocation units in a block
    strata: Many[Choice[Stratum]] = ()
    edss_limit: float = limited("randomisation.edss_limit", 4.0)
    raters_blinded: bool = True
    assessor_bias_grades: float = limited(
        "randomisation.assessor_bias_grades", 0.0
    )  # towards the first arm, where raters are not blinded


@final
class Estimand(Section):
    """A question to the arms: endpoint, time since randomisation, and what an intercurrent event means."""

    name: Line
    endpoint: str = Field(min_length=1)
    years: float = limited("estimand.years")
    strategy: Choice[Intercurrent]
