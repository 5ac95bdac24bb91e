"""The drugs a conditioning regimen may name, and the doses that make sense for those simulated today."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, final

from pydantic import Field, model_validator

from regraft.core.settings import Choice, Issue, Section, refuse, refuse_all


class DrugName(StrEnum):
    """Drugs and radiation used to condition for transplantation in MS."""

    BUSULFAN = "busulfan"
    CYCLOPHOSPHAMIDE = "cyclophosphamide"
    RABBIT_ATG = "rabbit_atg"
    CARMUSTINE = "carmustine"
    ETOPOSIDE = "etoposide"
    CYTARABINE = "cytarabine"
    MELPHALAN = "melphalan"
    ALEMTUZUMAB = "alemtuzumab"
    RITUXIMAB = "rituximab"
    TOTAL_BODY_IRRADIATION = "total_body_irradiation"


class Route(StrEnum):
    """How a dose is given."""

    INTRAVENOUS = "iv"
    ORAL = "oral"


class DoseUnit(StrEnum):
    """What a dose counts."""

    MG_PER_KG = "mg/kg"
    MG_PER_M2 = "mg/m2"
    GRAY = "Gy"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DrugRule:
    """What is possible for one simulated drug; days count from reinfusion."""

    routes: tuple[Route, ...]
    largest_dose_mg_per_kg: float
    largest_total_mg_per_kg: float
    latest_day: int
    monitored: bool = False
    why_latest: str = "it would destroy the graft"


RULES: Mapping[DrugName, DrugRule] = {
    DrugName.BUSULFAN: DrugRule(
        routes=(Route.INTRAVENOUS, Route.ORAL), largest_dose_mg_per_kg=4.0, largest_total_mg_per_kg=20.0, latest_day=-1,
        monitored=True,
    ),
    DrugName.CYCLOPHOSPHAMIDE: DrugRule(
        routes=(Route.INTRAVENOUS,), largest_dose_mg_per_kg=100.0, largest_total_mg_per_kg=250.0, latest_day=-1
    ),
    DrugName.RABBIT_ATG: DrugRule(
        routes=(Route.INTRAVENOUS,), largest_dose_mg_per_kg=5.0, largest_total_mg_per_kg=20.0, latest_day=5,
        why_latest="it is given within days of the graft",
    ),
}  # fmt: skip


def simulated_drugs() -> tuple[DrugName, ...]:
    """Return the drugs whose kinetics and effects are simulated; the others are known by name only."""
    return tuple(RULES)


@final
class Drug(Section):
    """One drug of the regimen: `doses_per_day` equal doses on each day from `first_day` to `last_day`.

    Days count from reinfusion (day 0 unless the regimen says otherwise); `dose` is one single dose in `unit`.
    `target_auc_mg_h_per_l` is the cumulative exposure aimed at by therapeutic drug monitoring from the dose after
    `adjust_after_dose` on.
    """

    name: Choice[DrugName]
    route: Choice[Route]
    dose: float = Field(gt=0)
    unit: Choice[DoseUnit]
    first_day: int = Field(ge=-60, le=60)
    last_day: int = Field(ge=-60, le=60)
    doses_per_day: int = Field(ge=1, le=24)
    infusion_hours: float = Field(ge=0, le=24)
    target_auc_mg_h_per_l: float | None = Field(default=None, ge=10, le=200)
    adjust_after_dose: int | None = Field(default=None, ge=1)

    @property
    def days(self) -> int:
        """Return on how many days it is given."""
        return self.last_day - self.first_day + 1

    @property
    def doses(self) -> int:
        """Return the number of single doses."""
        return self.days * self.doses_per_day

    @property
    def total_dose(self) -> float:
        """Return the sum of all doses in `unit`."""
        return self.dose * self.doses

    @property
    def interval_hours(self) -> float:
        """Return the hours between doses of one day."""
        return 24.0 / self.doses_per_day

    def dose_times_days(self) -> tuple[float, ...]:
        """Return the start of every dose in days from reinfusion; the first of a day starts at its beginning."""
        step = 1.0 / self.doses_per_day
        return tuple(self.first_day + number * step for number in range(self.doses))

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.name not in RULES:
            names = ", ".join(simulated_drugs())
            raise refuse("name", str(self.name), "known, but not simulated yet", f"Simulated today: {names}.")
        backwards = _days(self)
        if backwards is not None:
            raise refuse_all([backwards])
        issues = [issue for issue in (_amount(self), _timing(self), _monitoring(self)) if issue is not None]
        if issues:
            raise refuse_all(issues)
        return self


def _days(drug: Drug) -> Issue | None:
    if drug.last_day >= drug.first_day:
        return None
    return Issue(
        "last_day", drug.last_day, f"{drug.name} would end before it begins (first_day = {drug.first_day})",
        "Exchange the two; days before reinfusion are negative, so -10 comes before -8.",
    )  # fmt: skip


def _amount(drug: Drug) -> Issue | None:
    rule = RULES[drug.name]
    if drug.unit is not DoseUnit.MG_PER_KG:
        return Issue("unit", str(drug.unit), f"{drug.name} is simulated by body weight only", "Write mg/kg.")
    if drug.dose > rule.largest_dose_mg_per_kg:
        return Issue(
            "dose", drug.dose, f"more than anyone gives of {drug.name} at once, {rule.largest_dose_mg_per_kg:g} mg/kg",
            "Check unit and decimal point; `dose` is one single dose.",
        )  # fmt: skip
    if drug.total_dose > rule.largest_total_mg_per_kg + 1e-9:
        return Issue(
            "dose", drug.dose, f"{drug.doses} doses make {drug.total_dose:g} mg/kg of {drug.name}; "
            f"{rule.largest_total_mg_per_kg:g} mg/kg in all is the most that makes sense",
            "Check dose, days and doses_per_day.",
        )  # fmt: skip
    return None


def _timing(drug: Drug) -> Issue | None:
    routes = RULES[drug.name].routes
    if drug.route not in routes:
        return Issue(
            "route", str(drug.route), f"{drug.name} is not given this way", f"Possible: {', '.join(routes)}."
        )  # fmt: skip
    if drug.route is Route.ORAL and drug.infusion_hours > 0:
        return Issue("infusion_hours", drug.infusion_hours, "an oral dose is not infused", "Write 0.0.")
    if drug.infusion_hours > drug.interval_hours:
        return Issue(
            "infusion_hours", drug.infusion_hours, f"longer than the {drug.interval_hours:g} hours between two doses",
            "Shorten the infusion or give fewer doses a day.",
        )  # fmt: skip
    return None


def _monitoring(drug: Drug) -> Issue | None:
    target, after = drug.target_auc_mg_h_per_l, drug.adjust_after_dose
    if target is None and after is None:
        return None
    if not RULES[drug.name].monitored:
        key = "target_auc_mg_h_per_l" if target is not None else "adjust_after_dose"
        return Issue(key, target or after, f"{drug.name} is not adjusted to an exposure", "Remove the key.")
    if target is None or after is None:
        key = "target_auc_mg_h_per_l" if target is None else "adjust_after_dose"
        return Issue(key, None, "target_auc_mg_h_per_l and adjust_after_dose belong together", "Give both or none.")
    if after >= drug.doses:
        return Issue(
            "adjust_after_dose", after, f"there are only {drug.doses} doses, none is left to adjust",
            f"Give a number below {drug.doses}.",
        )  # fmt: skip
    return None
