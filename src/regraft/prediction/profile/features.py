"""The features a simulated person is looked for by, their limits, and how near to them somebody has to be.

Features are those of a group: no name, date of birth or other identifier has a place here. Outside the limits the model
was never held against anything, and a profile is refused.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import final

from regraft.core.errors import InputError
from regraft.enrolment.criteria import Recruitment
from regraft.patient.population import Population
from regraft.trial.design import MsCourse

AGE_YEARS = (18.0, 60.0)
EDSS = (0.0, 6.5)
DURATION_YEARS = (0.5, 25.0)
RELAPSES = (0, 5)
GD_LESIONS = (0, 20)
AGE_WITHIN_YEARS, EDSS_WITHIN, DURATION_WITHIN_YEARS = 3.0, 0.5, 2.0
RELAPSES_TOGETHER = 3  # so many relapses in the last year and more are looked for alike
GD_CLASSES = ((0, 0), (1, 2), (3, 1000))  # enhancing lesions that are looked for alike
_MANY = 1000


class Sex(StrEnum):
    """Sex; fertility after transplantation is simulated for women only."""

    FEMALE = "female"
    MALE = "male"


class Criterion(StrEnum):
    """What may keep people out, as an error names it."""

    AGE = "--age"
    EDSS = "--edss"
    DURATION = "--duration"
    RELAPSES = "--relapses"
    GD = "--gd"
    COURSE = "--course"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What is known of the people looked for.

    Age, EDSS as rated, years since the first symptom, relapses in the last year,
    enhancing lesions on one scan, and the course.

    Raises
    ------
    InputError
        A feature lies outside the calibrated range, or two contradict each other.
    """

    age_years: float
    sex: Sex
    edss: float
    duration_years: float
    relapses: int
    gd: int
    course: MsCourse

    def __post_init__(self) -> None:
        for option, value, (low, high), what in (
            ("--age", self.age_years, AGE_YEARS, "years of age"),
            ("--edss", self.edss, EDSS, "on the EDSS"),
            ("--duration", self.duration_years, DURATION_YEARS, "years since the first symptom"),
            ("--relapses", self.relapses, RELAPSES, "relapses in the last year"),
            ("--gd", self.gd, GD_LESIONS, "enhancing lesions"),
        ):
            if not low <= value <= high:
                raise InputError(
                    f"profile: {option} {value:g} is outside the calibrated range, {low:g} to {high:g} {what}. "
                    "No profile is made there."
                )
        if (2.0 * self.edss) % 1 or self.edss == 0.5:
            raise InputError(f"profile: --edss {self.edss:g} is no step of the EDSS. Give 0, 1, 1.5, 2 ... 6.5.")
        if self.course is MsCourse.PRIMARY_PROGRESSIVE:
            raise InputError(
                "profile: --course PPMS is outside the calibrated range: no trial of transplantation in primary "
                "progressive MS was fitted. Give RRMS or SPMS."
            )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far from the features somebody may be; ends are included."""

    age_years: tuple[float, float]
    edss: tuple[float, float]
    duration_years: tuple[float, float]
    relapses: tuple[int, int]
    gd: tuple[int, int]
    courses: tuple[MsCourse, ...]

    def without(self, criterion: Criterion) -> "Window":
        """Return the window with one criterion opened as far as it goes."""
        match criterion:
            case Criterion.AGE:
                return replace(self, age_years=AGE_YEARS)
            case Criterion.EDSS:
                return replace(self, edss=EDSS)
            case Criterion.DURATION:
                return replace(self, duration_years=(0.0, DURATION_YEARS[1]))
            case Criterion.RELAPSES:
                return replace(self, relapses=(0, _MANY))
            case Criterion.GD:
                return replace(self, gd=(0, _MANY))
            case Criterion.COURSE:
                return replace(self, courses=(MsCourse.RELAPSING, MsCourse.SECONDARY_PROGRESSIVE))

    def recruitment(self, base: Recruitment, population: Population, sex: Sex) -> Recruitment | None:
        """Return the search for such people, or None if nobody in the population falls ill at such an age.

        Sex and age at onset are drawn from those that can fit and no others, which changes nobody who is found: it only
        leaves out lives that could not.

        Parameters
        ----------
        base : Recruitment
            Numbers of the population; the criteria in it are replaced.
        """
        ages, years, limits = self.age_years, self.duration_years, population.onset_age_years
        earliest = max(limits.minimum, ages[0] - years[1])
        latest = min(limits.maximum, ages[1] - years[0])
        if earliest >= latest:
            return None
        return base._replace(
            onset_age_minimum_years=earliest,
            onset_age_maximum_years=latest,
            female_share=1.0 if sex is Sex.FEMALE else 0.0,
            primary_progressive_female_share=1.0 if sex is Sex.FEMALE else 0.0,
            referral_per_sign=0.0,
            give_up_years=years[1] + 0.5,
            age_minimum_years=ages[0],
            age_maximum_years=ages[1],
            edss_minimum=self.edss[0],
            edss_maximum=self.edss[1],
            takes_relapsing=float(MsCourse.RELAPSING in self.courses),
            takes_secondary_progressive=float(MsCourse.SECONDARY_PROGRESSIVE in self.courses),
            treated_years_minimum=-float(_MANY),
            poor_relapses_in_first_2_years=0,
            poor_within_years=float(_MANY),
            active_relapses_in_last_year=0,
            active_gd_lesions=0,
            primary_progressive_share=0.0,
            takes_primary_progressive=0.0,
            duration_minimum_years=years[0],
            duration_maximum_years=years[1],
            relapses_in_last_year_minimum=self.relapses[0],
            relapses_in_last_year_maximum=self.relapses[1],
            gd_lesions_minimum=self.gd[0],
            gd_lesions_maximum=self.gd[1],
        )


def window_of(features: Features) -> Window:
    """Return how near people have to be to the features.

    Examples
    --------
    >>> window_of(Features(age_years=34, sex=Sex.FEMALE, edss=1.0, duration_years=1, relapses=4, gd=2,
    ...     course=MsCourse.RELAPSING)).relapses
    (3, 1000)
    """
    f = features
    many = f.relapses >= RELAPSES_TOGETHER
    return Window(
        age_years=(
            max(AGE_YEARS[0], f.age_years - AGE_WITHIN_YEARS),
            min(AGE_YEARS[1], f.age_years + AGE_WITHIN_YEARS),
        ),
        edss=(max(EDSS[0], f.edss - EDSS_WITHIN), min(EDSS[1], f.edss + EDSS_WITHIN)),
        duration_years=(
            max(0.0, f.duration_years - DURATION_WITHIN_YEARS),
            f.duration_years + DURATION_WITHIN_YEARS,
        ),
        relapses=(RELAPSES_TOGETHER, _MANY) if many else (f.relapses, f.relapses),
        gd=next(group for group in GD_CLASSES if group[0] <= f.gd <= group[1]),
        courses=(f.course,),
    )


def window_text(window: Window) -> str:
    """Say in one sentence whom the window takes."""
    relapses = _counted(window.relapses, "relapse", "relapses")
    lesions = _counted(window.gd, "enhancing lesion", "enhancing lesions")
    return (
        f"age {window.age_years[0]:g} to {window.age_years[1]:g}, EDSS {window.edss[0]:g} to {window.edss[1]:g} as "
        "rated, "
        f"{window.duration_years[0]:g} to {window.duration_years[1]:g} years since the first symptom, {relapses} in "
        "the last "
        f"year, {lesions}, {' or '.join(window.courses)}"
    )


def _counted(limits: tuple[int, int], one: str, many: str) -> str:
    low, high = limits
    if high >= _MANY:
        return f"{low} {many} or more" if low else f"any number of {many}"
    return f"{low} {one if low == 1 else many}" if low == high else f"{low} to {high} {many}"
