"""The treatment sections of a protocol file, each by itself.

Keys are those of the file. Two clocks: mobilisation and harvest count days from the start of mobilisation (day 0);
conditioning counts from reinfusion. Doses are as ordered; what a patient gets is the business of the steps.
"""

from typing import Self, final

from pydantic import Field, model_validator

from regraft.core.limits import limited
from regraft.core.line import Line
from regraft.core.mix import MixPart
from regraft.core.settings import Choice, Many, Section, refuse
from regraft.treatment.choices import (
    AntifungalProphylaxis,
    DefibrotidePolicy,
    FertilityPreservation,
    FreezeMethod,
    SeizureProphylaxis,
    SelectionMethod,
)
from regraft.treatment.drug_rules import DrugName
from regraft.treatment.drugs import DosingWeight, Drug


@final
class SecondAttempt(Section):
    """The mobilisation that follows a failed one, where it is another; days from its own start."""

    cyclophosphamide_g_per_m2: float = limited("mobilisation.second_attempt.cyclophosphamide_g_per_m2")
    filgrastim_ug_per_kg_per_day: float = limited("mobilisation.second_attempt.filgrastim_ug_per_kg_per_day")
    filgrastim_first_day: int = limited("mobilisation.second_attempt.filgrastim_first_day")
    filgrastim_days: int = limited("mobilisation.second_attempt.filgrastim_days")
    plerixafor: bool
    collection_first_day: int = limited("mobilisation.second_attempt.collection_first_day")
    collection_last_day: int = limited("mobilisation.second_attempt.collection_last_day")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.collection_last_day < self.collection_first_day:
            raise refuse(
                "collection_last_day",
                self.collection_last_day,
                f"collection would end before it begins (collection_first_day = {self.collection_first_day})",
                "Exchange the two.",
            )
        if self.collection_first_day <= self.filgrastim_first_day:
            raise refuse(
                "collection_first_day",
                self.collection_first_day,
                f"collection would begin before filgrastim has acted (from day {self.filgrastim_first_day})",
                "Collect some days after filgrastim begins.",
            )
        return self


@final
class Mobilisation(Section):
    """What brings stem cells into the blood, and the corticosteroid that prevents a flare meanwhile.

    Days from its start.
    """

    start_days_after_enrolment: int = limited("mobilisation.start_days_after_enrolment")
    cyclophosphamide_g_per_m2: float = limited("mobilisation.cyclophosphamide_g_per_m2")
    cyclophosphamide_day: int = limited("mobilisation.cyclophosphamide_day")
    filgrastim_ug_per_kg_per_day: float = limited("mobilisation.filgrastim_ug_per_kg_per_day")
    filgrastim_first_day: int = limited("mobilisation.filgrastim_first_day")
    filgrastim_days: int = limited("mobilisation.filgrastim_days")
    mesna: bool
    prednisone_mg_per_kg_per_day: float = limited("mobilisation.prednisone_mg_per_kg_per_day", 0.0)
    bsa_maximum_m2: float | None = limited("mobilisation.bsa_maximum_m2", None)
    plerixafor_rescue: bool
    plerixafor_mg_per_kg: float = limited("mobilisation.plerixafor_mg_per_kg", 0.24)
    attempts_maximum: int = limited("mobilisation.attempts_maximum", 2)
    second_attempt_after_days: int = limited("mobilisation.second_attempt_after_days")
    second_attempt: SecondAttempt | None = None

    @model_validator(mode="after")
    def _mobilises(self) -> Self:
        if self.filgrastim_ug_per_kg_per_day == 0 or self.filgrastim_days == 0:
            raise refuse(
                "filgrastim_ug_per_kg_per_day",
                self.filgrastim_ug_per_kg_per_day,
                "no filgrastim would be given, and nothing else brings stem cells into the blood",
                "Give a dose and a number of days, such as 10.0 for 10 days.",
            )
        return self


@final
class Harvest(Section):
    """Apheresis from `first_day` to `last_day` of the mobilisation clock, until the target is reached."""

    device: Line
    start_cd34_per_ul: float = limited("harvest.start_cd34_per_ul")
    first_day: int = limited("harvest.first_day")
    last_day: int = limited("harvest.last_day")
    blood_volumes_processed: float = limited("harvest.blood_volumes_processed")
    sessions_maximum: int = limited("harvest.sessions_maximum")
    target_cd34_1e6_per_kg: float = limited("harvest.target_cd34_1e6_per_kg")
    backup_cd34_1e6_per_kg: float = limited("harvest.backup_cd34_1e6_per_kg")
    marrow_after_failure: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise refuse(
                "last_day",
                self.last_day,
                f"collection would end before it begins (first_day = {self.first_day})",
                "Exchange the two.",
            )
        if self.backup_cd34_1e6_per_kg >= self.target_cd34_1e6_per_kg:
            raise refuse(
                "backup_cd34_1e6_per_kg",
                self.backup_cd34_1e6_per_kg,
                f"the reserve would take all of the target of {self.target_cd34_1e6_per_kg:g}",
                "Raise the target or keep less in reserve.",
            )
        return self


@final
class Purify(Section):
    """Selection of CD34+ cells, and the smallest graft that is accepted [1e6 CD34+ cells/kg]."""

    method: Choice[SelectionMethod]
    minimum_cd34_1e6_per_kg: float = limited("purify.minimum_cd34_1e6_per_kg")


@final
class Freeze(Section):
    """Freezing and storage of the graft."""

    method: Choice[FreezeMethod]
    dmso_pct: float = limited("freeze.dmso_pct")

    @model_validator(mode="after")
    def _survives(self) -> Self:
        if self.dmso_pct == 0 and self.method is not FreezeMethod.FRESH:
            raise refuse(
                "dmso_pct",
                self.dmso_pct,
                f"cells frozen without it die (method = {str(self.method)!r})",
                "Give 5 to 10, or method = 'fresh'.",
            )
        return self


@final
class Conditioning(Section):
    """The drugs that ablate marrow and immune system; their days count from reinfusion.

    `dosing_weight` is that of busulfan; other drugs go by actual weight unless they say otherwise themselves.
    """

    starts_weeks_after_harvest: float = limited("conditioning.starts_weeks_after_harvest")
    dosing_weight: Choice[DosingWeight] = DosingWeight.ACTUAL
    reinfusion_day: int = limited("conditioning.reinfusion_day")
    drug: Many[Drug] = Field(min_length=1)

    @property
    def first_day(self) -> int:
        """Return the first day of any drug."""
        return min(drug.first_day for drug in self.drug)

    @property
    def last_day(self) -> int:
        """Return the last day of any drug."""
        return max(drug.last_day for drug in self.drug)


@final
class FirstPatients(Section):
    """A number of first patients known only as a range; each trial draws it uniformly."""

    minimum: int = limited("amendment.applies_to_first_patients.minimum")
    maximum: int = limited("amendment.applies_to_first_patients.maximum")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise refuse("minimum", self.minimum, f"above the maximum of {self.maximum}", "Exchange the two.")
        return self


@final
class Amendment(Section):
    """The first patients of a trial got another drug, dose or route than the final protocol says."""

    title: Line
    applies_to_first_patients: FirstPatients
    replaces: Choice[DrugName]
    drug: Drug


@final
class RegimenShare(MixPart):
    """Part of a mix of regimens: who get the `conditioning` of the protocol called `regimen`, or without it the file's.

    Whoever loads the file reads `conditioning` from the protocol named.
    """

    regimen: Line | None = None
    conditioning: Conditioning | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.conditioning is not None and self.regimen is None:
            raise refuse("regimen", None, "missing: this part has a conditioning of its own", "Give it a name.")
        return self


@final
class TransplantDay(Section):
    """Reinfusion of the graft."""

    infusion_hours: float = limited("transplant.infusion_hours")


@final
class SupportiveCare(Section):
    """Growth factor, transfusion, prophylaxis; days count from reinfusion.

    Mesna goes with conditioning's cyclophosphamide.
    """

    filgrastim_ug_per_kg_per_day: float = limited("supportive_care.filgrastim_ug_per_kg_per_day")
    filgrastim_first_day: int = limited("supportive_care.filgrastim_first_day")
    platelet_transfusion_below_1e9_per_l: float = limited("supportive_care.platelet_transfusion_below_1e9_per_l")
    haemoglobin_transfusion_below_g_per_dl: float = limited("supportive_care.haemoglobin_transfusion_below_g_per_dl")
    ursodiol: bool
    seizure_prophylaxis: Choice[SeizureProphylaxis]
    antibacterial_prophylaxis: bool
    antifungal_prophylaxis: Choice[AntifungalProphylaxis]
    aciclovir_months: float = limited("supportive_care.aciclovir_months")
    cotrimoxazole_months: float = limited("supportive_care.cotrimoxazole_months")
    steroid_with_atg: bool
    letermovir: bool
    mesna: bool = True
    defibrotide: Choice[DefibrotidePolicy] = DefibrotidePolicy.NEVER
    fertility_preservation: Choice[FertilityPreservation] = FertilityPreservation.NONE
