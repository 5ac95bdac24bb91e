"""A made-up trial of 24 people, plainly test data: enough of every table to draw every figure."""

from datetime import date, timedelta
from math import modf, sin

import polars as pl
import pytest

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.tables import Study, StudyAbout

CUTOFF = date(2014, 6, 30)
GRADES = {"visual": 2, "brainstem": 1, "pyramidal": 3, "cerebellar": 2, "sensory": 2, "bowel_bladder": 1, "cerebral": 1}


class Dice:
    """Numbers that look random and are always the same."""

    def __init__(self, seed):
        self.state = seed * 101.0

    def __call__(self, low=0.0, high=1.0):
        self.state += 1.0
        return low + (high - low) * abs(modf(sin(self.state * 12.9898) * 43758.5453)[0])


def make_person(number, tables):
    """Append one made-up person to `tables` (lists of rows by table name)."""
    dice = Dice(number + 1)
    name = f"T{number + 1:03d}"
    zero = date(2001, 10, 1) + timedelta(days=int(number * 124))
    enrolled = zero - timedelta(days=110)
    diagnosed = zero - timedelta(days=int(dice(2.0, 10.0) * 365))
    edss = round(dice(3.0, 6.0) * 2) / 2
    dies = number == 6
    end = zero + timedelta(days=38) if dies else CUTOFF
    leaves = number == 17
    if leaves:
        end = zero + timedelta(days=1500)
    tables["subjects"].append(
        {
            "subject_id": name,
            "trial_number": 0,
            "site": ("Ottawa", "Montreal", "Toronto")[number % 3],
            "sex": "female" if number % 3 else "male",
            "birth_date": enrolled - timedelta(days=int(dice(24, 45) * 365)),
            "age_at_enrolment_years": dice(24, 45),
            "height_cm": dice(155, 190),
            "weight_kg": dice(50, 95),
            "ms_onset_date": diagnosed - timedelta(days=200),
            "ms_diagnosis_date": diagnosed,
            "ms_course": "RRMS" if number % 2 else "SPMS",
            "enrolment_date": enrolled,
            "candidates_screened": 1 + int(dice(0, 30)),
        }
    )
    add_disposition(tables, name, enrolled, "enrolled")
    add_treatment(tables, name, zero, dice)
    ended = "died" if dies else "withdrew" if leaves else "data_cutoff"
    add_disposition(tables, name, end, ended, "treatment" if dies else None)
    add_follow_up(tables, name, (enrolled, zero, end), edss, dice)
    for _ in range(int(dice(3, 11))):
        onset = diagnosed + timedelta(days=int(dice(0, (enrolled - diagnosed).days)))
        tables["relapses"].append({"subject_id": name, "onset_date": onset, "confirmed": True, "main_system": "visual"})


def add_disposition(tables, name, day, event, cause=None):
    tables["dispositions"].append({"subject_id": name, "date": day, "event": event, "death_cause": cause})


def add_treatment(tables, name, zero, dice):
    steps = (
        ("mobilisation_start", -70),
        ("apheresis", -58),
        ("apheresis", -57),
        ("cd34_selection", -57),
        ("cryopreservation", -57),
        ("conditioning_start", -10),
        ("thaw", 0),
        ("transplant", 0),
        ("discharge", 24),
    )
    tables["procedures"] += [
        {"subject_id": name, "date": zero + timedelta(days=day), "procedure": step, "detail": str(day)}
        for step, day in steps
    ]
    dose = dice(4, 12)
    tables["grafts"] += [
        {
            "subject_id": name,
            "date": zero,
            "stage": stage,
            "bag": 1,
            "cd34_1e6_per_kg": dose * share,
            "cd3_1e6_per_kg": dose * t_cells,
            "viability_pct": 92.0,
            "purity_pct": 96.0,
        }
        for stage, share, t_cells in (("collected", 1.4, 40.0), ("selected", 1.0, 0.01), ("infused", 0.9, 0.009))
    ]
    terms = (("febrile neutropenia", 3, 0.9), ("mucositis", 2, 0.7), ("sepsis", 4, 0.2), ("alt increased", 3, 0.3))
    tables["adverse_events"] += [
        {
            "subject_id": name,
            "start_date": zero + timedelta(days=7),
            "term": term,
            "ctcae_grade": grade,
            "ctcae_version": "5",
            "serious": grade >= 4,
            "treatment_related": True,
        }
        for term, grade, chance in terms
        if dice() < chance
    ]


def add_follow_up(tables, name, days, edss, dice):
    enrolled, zero, end = days
    drift = dice(-0.35, 0.3)
    moments = [enrolled - zero, *(timedelta(days=int(91.3 * k)) for k in range(1, 13))]
    moments += [timedelta(days=int(1095 + 182.6 * k)) for k in range(1, 21)]
    for index, moment in enumerate(moments):
        day = zero + moment
        if day > end or (index > 5 and dice() < 0.05):
            continue
        years = max(moment.days / 365.25, 0.0)
        value = min(max(round((edss + drift * min(years, 6.0) + dice(-0.5, 0.5)) * 2) / 2, 1.0), 8.0)
        tables["visits"].append({"subject_id": name, "date": day, "visit_type": "scheduled", "edss": value})
        grades = {
            fs: max(GRADES[fs] - (1 if drift < -0.1 and years > 1 and fs in {"visual", "cerebellar"} else 0), 0)
            for fs in FUNCTIONAL_SYSTEMS
        }
        tables["functional_systems"].append({"subject_id": name, "date": day, **grades})
        if index % 2 == 0:
            before = index == 0
            unread = dice() < 0.02
            tables["mri_scans"].append(
                {
                    "subject_id": name,
                    "date": day,
                    "gd_lesions": None if unread else int(dice(0, 9)) if before else 0,
                    "new_t2_lesions": None if before or unread else 0,
                    "t2_lesions": 30,
                    "brain_volume_change_pct": 0.0
                    if before
                    else -2.6 * min(years / 2.5, 1.0) - 0.2 * years + dice(-0.3, 0.3),
                }
            )


def make_study(patients=24, *, simulated=True):
    """Return the made-up trial."""
    names = (
        "subjects",
        "visits",
        "functional_systems",
        "relapses",
        "mri_scans",
        "procedures",
        "grafts",
        "adverse_events",
        "dispositions",
    )
    tables = {name: [] for name in names}
    for number in range(patients):
        make_person(number, tables)
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    frames["relapses"] = frames["relapses"].unique(("subject_id", "onset_date"), keep="first", maintain_order=True)
    about = StudyAbout(
        title="A made-up trial",
        simulated=simulated,
        source="test data",
        protocol="test",
        seed=1,
        version="0",
    )
    return Study(frames, about)


@pytest.fixture(scope="session")
def study():
    """The made-up trial of 24 people."""
    return make_study()


@pytest.fixture(scope="session")
def derived(study):
    """Endpoints of the made-up trial."""
    return derive(study, load_definition("atkins-2016"))
