"""One drug of a conditioning regimen as a person writes it: dose, size it is reckoned by, limits, days, monitoring."""

from enum import StrEnum
from typing import Self, final

from pydantic import Field, model_validator

from regraft.clinical.busulfan_exposure import course_from_dose_um_min, course_from_level
from regraft.core.limits import LIMITS, limited
from regraft.core.settings import Choice, Issue, Section, refuse_all
from regraft.treatment.drug_rules import RULES, DoseUnit, DrugName, Route, dose_limits

_PER_KG = (DoseUnit.MG_PER_KG,)
_PER_M2 = (DoseUnit.MG_PER_M2, DoseUnit.G_PER_M2)
_SMALL_ADULT = {DoseUnit.MG_PER_KG: 50.0, DoseUnit.MG_PER_M2: 1.5, DoseUnit.G_PER_M2: 1.5}  # kg or m2
_SLIP = "Check unit and decimal point; `dose` is one single dose."
_ROUND = "conditioning.drug.round_to_mg"
TARGETS = ("target_auc_mg_h_per_l", "target_dose_auc_um_min", "target_css_ng_per_ml")


class DosingWeight(StrEnum):
    """The body weight that a dose in mg/kg is reckoned by."""

    ACTUAL = "actual"
    IDEAL = "ideal"
    ADJUSTED = "adjusted"
    LESSER = "lesser_of_ideal_and_actual"


@final
class Drug(Section):
    """One drug of the regimen: `doses_per_day` equal doses on each day from `first_day` to `last_day`.

    Days count from reinfusion (day 0 unless the regimen says otherwise); `dose` is one single dose in `unit`. A target
    of therapeutic drug monitoring is written in one of three conventions: the exposure of the course [mg*h/L], that of
    one dose [uM*min], or the average level [ng/mL]; it holds from the dose after `adjust_after_dose` on.
    """

    name: Choice[DrugName]
    route: Choice[Route]
    dose: float = Field(gt=0)
    unit: Choice[DoseUnit]
    first_day: int = limited("conditioning.drug.first_day")
    last_day: int = limited("conditioning.drug.last_day")
    doses_per_day: int = limited("conditioning.drug.doses_per_day")
    infusion_hours: float = limited("conditioning.drug.infusion_hours")
    dosing_weight: Choice[DosingWeight] | None = None
    bsa_maximum_m2: float | None = limited("conditioning.drug.bsa_maximum_m2", None)
    dose_maximum_mg: float | None = limited("conditioning.drug.dose_maximum_mg", None)
    round_to_mg: float | None = limited("conditioning.drug.round_to_mg", None)
    target_auc_mg_h_per_l: float | None = limited("conditioning.drug.target_auc_mg_h_per_l", None)
    target_dose_auc_um_min: float | None = limited("conditioning.drug.target_dose_auc_um_min", None)
    target_css_ng_per_ml: float | None = limited("conditioning.drug.target_css_ng_per_ml", None)
    adjust_after_dose: int | None = limited("conditioning.drug.adjust_after_dose", None)

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
    def dose_in_mg(self) -> float:
        """Return one dose in mg (irradiation: gray) per kg, per m2 or flat."""
        return 1000.0 * self.dose if self.unit is DoseUnit.G_PER_M2 else self.dose

    @property
    def interval_hours(self) -> float:
        """Return the hours between doses of one day."""
        return 24.0 / self.doses_per_day

    @property
    def target_course_mg_h_per_l(self) -> float | None:
        """Return the exposure of the whole course aimed at, however it is written; None: no monitoring."""
        if self.target_dose_auc_um_min is not None:
            return course_from_dose_um_min(self.target_dose_auc_um_min, self.doses)
        if self.target_css_ng_per_ml is not None:
            return course_from_level(self.target_css_ng_per_ml, self.doses, self.interval_hours)
        return self.target_auc_mg_h_per_l

    def dose_times_days(self) -> tuple[float, ...]:
        """Return the start of every dose in days from reinfusion; the first of a day starts at its beginning."""
        step = 1.0 / self.doses_per_day
        return tuple(self.first_day + number * step for number in range(self.doses))

    @model_validator(mode="after")
    def _possible(self) -> Self:
        backwards = _days(self)
        if backwards is not None:
            raise refuse_all([backwards])
        checks = (
            _amount(self),
            _size(self),
            _limit(self),
            _timing(self),
            _target(self),
            _adjustment(self),
            _too_little(self),
        )
        issues = [issue for issue in checks if issue is not None]
        if issues:
            raise refuse_all(issues)
        return self


def _days(drug: Drug) -> Issue | None:
    if drug.last_day >= drug.first_day:
        return None
    return Issue(
        "last_day",
        drug.last_day,
        f"{drug.name} would end before it begins (first_day = {drug.first_day})",
        "Exchange the two; days before reinfusion are negative, so -10 comes before -8.",
    )


def _amount(drug: Drug) -> Issue | None:
    bounds = dose_limits(drug.name)
    if drug.unit not in bounds:
        return Issue(
            "unit",
            str(drug.unit),
            f"{drug.name} is not dosed so",
            f"Possible: {', '.join(str(unit) for unit in bounds)}.",
        )
    limit = bounds[drug.unit]
    if limit.side(drug.dose) > 0:
        return Issue(
            "dose",
            drug.dose,
            f"more than anyone gives of {drug.name} at once, {limit.range_text} ({limit.reason})",
            _SLIP,
        )
    if limit.total is not None and drug.total_dose > limit.total + 1e-9:
        return Issue(
            "dose",
            drug.dose,
            f"{drug.doses} doses make {drug.total_dose:g} {drug.unit} of {drug.name}; "
            f"{limit.total:g} {drug.unit} in all is the most that makes sense ({limit.reason})",
            "Check dose, days and doses_per_day.",
        )
    return None


def _too_little(drug: Drug) -> Issue | None:
    limit = dose_limits(drug.name).get(drug.unit)
    if limit is None or limit.side(drug.dose) >= 0:
        return None
    return Issue(
        "dose", drug.dose, f"less than anyone gives of {drug.name} at once, {limit.range_text} ({limit.reason})", _SLIP
    )


def _size(drug: Drug) -> Issue | None:
    """Refuse a weight for a dose by surface, and the other way round."""
    if drug.dosing_weight is not None and drug.unit not in _PER_KG:
        return Issue(
            "dosing_weight",
            str(drug.dosing_weight),
            f"a dose in {drug.unit} is not reckoned by weight",
            "Remove the key.",
        )
    if drug.bsa_maximum_m2 is not None and drug.unit not in _PER_M2:
        return Issue(
            "bsa_maximum_m2",
            drug.bsa_maximum_m2,
            f"a dose in {drug.unit} is not reckoned by body surface",
            "Remove the key.",
        )
    return None


def _limit(drug: Drug) -> Issue | None:
    """Refuse limits in mg for radiation, and a rounding step above the limit."""
    for key in ("dose_maximum_mg", "round_to_mg"):
        if drug.unit is DoseUnit.GRAY and getattr(drug, key) is not None:
            return Issue(key, getattr(drug, key), "irradiation is not dosed in mg", "Remove the key.")
    limit, step = drug.dose_maximum_mg, drug.round_to_mg
    if limit is not None and step is not None and step > limit:
        return Issue("round_to_mg", step, f"above dose_maximum_mg = {limit:g}", "Exchange the two, or correct one.")
    return _changes_the_dose(drug)


def _changes_the_dose(drug: Drug) -> Issue | None:
    """Refuse a cap or a rounding step that makes another dose of what is written, for people of a usual size."""
    ordered = drug.dose_in_mg * _SMALL_ADULT.get(drug.unit, 1.0)
    size = {DoseUnit.MG_PER_KG: " for 50 kg", DoseUnit.MG: ""}.get(drug.unit, " for 1.5 m2")
    said = f"one dose of {drug.dose:g} {drug.unit} is {ordered:g} mg{size}"
    limit, step = drug.dose_maximum_mg, drug.round_to_mg
    if limit is not None and limit < ordered:
        return Issue(
            "dose_maximum_mg", limit, f"{said}: nearly everybody would be given less", "Lower the dose instead."
        )
    if step is not None and step > ordered / 2:
        return Issue(
            "round_to_mg",
            step,
            f"{said}: rounding would change it by more than a quarter ({LIMITS[_ROUND].reason})",
            f"Give at most {ordered / 2:g}.",
        )
    return None


def _timing(drug: Drug) -> Issue | None:
    routes = RULES[drug.name].routes
    if drug.route not in routes:
        return Issue("route", str(drug.route), f"{drug.name} is not given this way", f"Possible: {', '.join(routes)}.")
    if drug.route is Route.ORAL and drug.infusion_hours > 0:
        return Issue("infusion_hours", drug.infusion_hours, "an oral dose is not infused", "Write 0.0.")
    if drug.infusion_hours > drug.interval_hours:
        return Issue(
            "infusion_hours",
            drug.infusion_hours,
            f"longer than the {drug.interval_hours:g} hours between two doses",
            "Shorten the infusion or give fewer doses a day.",
        )
    return None


def _target(drug: Drug) -> Issue | None:
    """Refuse monitoring of a drug that is not monitored, and a target in two conventions."""
    given = [key for key in TARGETS if getattr(drug, key) is not None]
    keys = [*given, *(["adjust_after_dose"] if drug.adjust_after_dose is not None else [])]
    if keys and not RULES[drug.name].monitored:
        return Issue(keys[0], getattr(drug, keys[0]), f"{drug.name} is not adjusted to an exposure", "Remove the key.")
    if len(given) > 1:
        return Issue(
            given[1], getattr(drug, given[1]), f"the target is already written as {given[0]}", "Keep one of the two."
        )
    return None


def _adjustment(drug: Drug) -> Issue | None:
    """Refuse a target without a day of adjustment, and one that comes after the last dose."""
    given = [key for key in TARGETS if getattr(drug, key) is not None]
    after = drug.adjust_after_dose
    if bool(given) != (after is not None):
        key = "adjust_after_dose" if given else TARGETS[0]
        return Issue(key, None, "a target and adjust_after_dose belong together", "Give both or none.")
    if after is not None and after >= drug.doses:
        return Issue(
            "adjust_after_dose",
            after,
            f"there are only {drug.doses} doses, none is left to adjust",
            f"Give a number below {drug.doses}.",
        )
    return None
