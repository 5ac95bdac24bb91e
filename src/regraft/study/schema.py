"""The study tables: every column's name, type, unit, whether it may be missing, and what values it may take.

This is the waist of the hourglass. Simulated trials are written into these tables and recorded studies are read from
them; everything to the right (endpoints, analysis, report) knows nothing else. A missing value is null and stays null.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS, HIGHEST_RAW, System


class ColumnType(StrEnum):
    """The type of a column."""

    TEXT = "text"
    CODE = "code"  # one of Column.allowed
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"  # true / false / null


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: meaning, kind, and the rules a value obeys."""

    name: str
    kind: ColumnType
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its columns and the key that no two rows share."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False

    def column(self, name: str) -> Column:
        """Return the column called `name` (KeyError if there is none)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


COURSES = ("RRMS", "SPMS", "PPMS", "unknown")
VISIT_TYPES = ("screening", "baseline", "scheduled", "relapse", "unscheduled")
PURPOSES = ("disease_modifying", "mobilisation", "conditioning", "supportive", "steroid", "other")
PROCEDURES = (
    "mobilisation_start", "apheresis", "cd34_selection", "cryopreservation", "conditioning_start", "thaw", "transplant",
    "marrow_harvest", "second_mobilisation", "platelet_transfusion", "red_cell_transfusion", "vaccination",
    "intensive_care", "discharge", "randomisation", "aftercare", "fertility_preservation",
)  # fmt: skip
GRAFT_STAGES = ("collected", "selected", "frozen", "thawed", "infused")
GRAFT_SOURCES = ("apheresis", "bone_marrow")
GRAFT_USES = ("graft", "reserve")
BELOW, ABOVE = "below", "above"
LAB_TESTS = (
    "neutrophils", "platelets", "haemoglobin", "lymphocytes", "cd34", "cd4", "cd8", "cd4_naive", "cd4_memory", "treg",
    "b_cells", "nk_cells", "recent_thymic_emigrants", "monocytes", "bilirubin", "alt", "creatinine", "weight",
    "busulfan_auc", "atg_active", "neurofilament_light", "gfap", "temperature", "cmv_dna", "ebv_dna", "bk_virus_dna",
)  # fmt: skip
COMPARATORS = (BELOW, ABOVE)
DISPOSITIONS = (
    "enrolled", "not_transplanted", "transplanted", "withdrew", "lost_to_follow_up", "data_cutoff", "completed", "died",
)  # fmt: skip
WORK = ("full_time", "part_time", "sick_leave", "disability_pension", "retired", "student", "not_employed")
DEATH_CAUSES = ("treatment", "ms", "other", "unknown")

_SUBJECT = Column(name="subject_id", kind=ColumnType.TEXT, meaning="subject, as written by the source", required=True)


def _date(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=ColumnType.DATE, meaning=meaning, required=required)


def _number(name: str, meaning: str, low: float | None = None, high: float | None = None) -> Column:
    return Column(name=name, kind=ColumnType.NUMBER, meaning=meaning, minimum=low, maximum=high)


def _integer(name: str, meaning: str, low: float | None = None, high: float | None = None) -> Column:
    return Column(name=name, kind=ColumnType.INTEGER, meaning=meaning, minimum=low, maximum=high)


def _code(name: str, meaning: str, allowed: tuple[str, ...], *, required: bool = False) -> Column:
    return Column(name=name, kind=ColumnType.CODE, meaning=meaning, allowed=allowed, required=required)


def _text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=ColumnType.TEXT, meaning=meaning, required=required)


def _flag(name: str, meaning: str) -> Column:
    return Column(name=name, kind=ColumnType.FLAG, meaning=meaning)


SUBJECTS = Table(
    name="subjects", meaning="one row per subject", key=("subject_id",), required=True,
    columns=(
        _SUBJECT,
        _integer("trial_number", "which trial of the protocol's n a simulated subject belongs to, from 0", 0),
        _text("site", "hospital or centre"),
        _text("arm", "treatment arm"),
        _code("sex", "sex at birth", ("female", "male", "unknown")),
        _date("birth_date", "date of birth"),
        _number("age_at_enrolment_years", "age when enrolled [years]", 0, 120),
        _number("height_cm", "height [cm]", 50, 250),
        _number("weight_kg", "weight [kg]", 20, 300),
        _date("ms_onset_date", "first symptom of MS"),
        _date("ms_diagnosis_date", "diagnosis of MS"),
        _code("ms_course", "course at enrolment", COURSES),
        _date("enrolment_date", "enrolment: screening passed, consent given"),
        _integer("candidates_screened", "people screened to fill this enrolment slot (simulated studies)", 1),
        _integer("hct_ci", "comorbidity index before transplantation (HCT-CI) [points]", 0, 29),
        _integer("karnofsky", "Karnofsky score before transplantation, in tens", 0, 100),
    ),
)  # fmt: skip
VISITS = Table(
    name="visits", meaning="one row per clinical visit", key=("subject_id", "date"), required=True,
    columns=(
        _SUBJECT,
        _date("date", "date of the visit", required=True),
        _code("visit_type", "why the visit took place", VISIT_TYPES),
        _number("edss", "Expanded Disability Status Scale, 0 to 10 in half points without 0.5", 0, 10),
        _integer("ambulation_score", "Neurostatus ambulation score, 0 to 16", 0, 16),
        _number("t25fw_seconds", "timed 25-foot walk [s]", 0, 600),
        _number("nhpt_seconds", "nine-hole peg test [s]", 0, 600),
        _number("sdmt", "symbol digit modalities test [points]", 0, 120),
        _integer("days_since_relapse", "days since the last relapse began, where the source gives no relapse dates", 0),
        _text("rater", "who examined"),
        _number("mfis", "fatigue: modified fatigue impact scale, total [points, more is worse]", 0, 84),
        _number("msis29_physical", "quality of life: MSIS-29, physical [0 to 100, more is worse]", 0, 100),
        _number("msis29_psychological", "quality of life: MSIS-29, psychological [0 to 100, more is worse]", 0, 100),
        _number("sf36_physical", "quality of life: SF-36 physical summary [norm 50, less is worse]", 0, 100),
        _number("sf36_mental", "quality of life: SF-36 mental summary [norm 50, less is worse]", 0, 100),
        _number("eq5d_index", "quality of life: EQ-5D index [1 full health, 0 dead]", -1, 1),
        _code("work", "work", WORK),
    ),
)  # fmt: skip
SYSTEMS = Table(
    name="functional_systems", meaning="raw functional-system grades, one row per visit", key=("subject_id", "date"),
    columns=(
        _SUBJECT,
        _date("date", "date of the visit", required=True),
        *(_integer(system.code, f"{system.code} functional system, raw grade", 0, HIGHEST_RAW[system])
          for system in System),
    ),
)  # fmt: skip
RELAPSES = Table(
    name="relapses", meaning="one row per relapse", key=("subject_id", "onset_date"),
    columns=(
        _SUBJECT,
        _date("onset_date", "first day of new or worse symptoms", required=True),
        _date("end_date", "last day of the attack"),
        _flag("confirmed", "confirmed on examination (null: not recorded)"),
        _flag("steroid_treated", "treated with high-dose corticosteroids"),
        _code("main_system", "functional system most affected", FUNCTIONAL_SYSTEMS),
        _code("second_system", "second functional system affected", FUNCTIONAL_SYSTEMS),
    ),
)  # fmt: skip
MRI_SCANS = Table(
    name="mri_scans", meaning="one row per brain MRI", key=("subject_id", "date"),
    columns=(
        _SUBJECT,
        _date("date", "date of the scan", required=True),
        _integer("gd_lesions", "gadolinium-enhancing lesions (null: not given or not read)", 0, 500),
        _integer("new_t2_lesions", "new or enlarging T2 lesions since the scan before (null: not compared)", 0, 1000),
        _integer("t2_lesions", "T2 lesions in all", 0, 5000),
        _number("brain_volume_ml", "normalised brain volume [ml]", 500, 2500),
        _number("brain_volume_change_pct", "change of brain volume since the baseline scan [%]", -60, 20),
    ),
)  # fmt: skip
EXPOSURES = Table(
    name="exposures", meaning="one row per course or dose of a drug",
    key=("subject_id", "drug", "start_date", "purpose"),
    columns=(
        _SUBJECT,
        _text("drug", "drug, international name in lower case", required=True),
        _code("purpose", "what it was given for", PURPOSES, required=True),
        _date("start_date", "first day", required=True),
        _date("end_date", "last day (null: ongoing)"),
        _number("dose", "dose in dose_unit", 0),
        _text("dose_unit", "unit of the dose"),
        _text("route", "route of administration"),
    ),
)  # fmt: skip
PROCEDURES_TABLE = Table(
    name="procedures", meaning="one row per procedure", key=("subject_id", "date", "procedure", "detail"),
    columns=(
        _SUBJECT,
        _date("date", "date of the procedure", required=True),
        _date("end_date", "last day, of what takes more than one, such as intensive care"),
        _code("procedure", "what was done", PROCEDURES, required=True),
        _text("detail", "free detail"),
        _text("code", "code of the procedure with its system, such as ATC J07AL02"),
    ),
)  # fmt: skip
GRAFTS = Table(
    name="grafts", meaning="the graft at each stage, one row per bag and stage", key=("subject_id", "stage", "bag"),
    columns=(
        _SUBJECT,
        _date("date", "date of the stage", required=True),
        _code("stage", "stage of the product", GRAFT_STAGES, required=True),
        _integer("bag", "number of the bag", 1),
        _code("source", "where the cells were taken", GRAFT_SOURCES),
        _code("intended_use", "graft, or reserve kept for a failing graft", GRAFT_USES),
        _integer("split_from", "number of the bag this one was split from", 1),
        _number("cd34_1e6_per_kg", "CD34+ cells [1e6 per kg]", 0),
        _number("cd3_1e6_per_kg", "CD3+ cells [1e6 per kg]", 0),
        _number("nucleated_1e8_per_kg", "nucleated cells [1e8 per kg]", 0),
        _number("viability_pct", "viable CD34+ cells [%]", 0, 100),
        _number("purity_pct", "CD34+ share of the product [%]", 0, 100),
        _number("volume_ml", "volume [ml]", 0),
        _number("dmso_ml", "dimethyl sulfoxide [ml]", 0),
    ),
)  # fmt: skip
LABS = Table(
    name="labs", meaning="one row per laboratory value", key=("subject_id", "date", "test"),
    columns=(
        _SUBJECT,
        _date("date", "date of the sample", required=True),
        _code("test", "what was measured", LAB_TESTS, required=True),
        _number("value", "result in `unit`; with a comparator the limit it lies beyond"),
        _code("comparator", "the result lies below or above `value`, a limit of the assay (null: it is `value`)",
              COMPARATORS),
        _text("unit", "unit of the value", required=True),
    ),
)  # fmt: skip
ADVERSE_EVENTS = Table(
    name="adverse_events", meaning="one row per adverse event", key=("subject_id", "start_date", "term"),
    columns=(
        _SUBJECT,
        _date("start_date", "first day", required=True),
        _date("end_date", "last day (null: ongoing or not recorded)"),
        _text("term", "event, lower case", required=True),
        _integer("ctcae_grade", "CTCAE grade", 1, 5),
        _text("ctcae_version", "version of CTCAE the grade follows"),
        _flag("serious", "serious by the regulatory definition"),
        _flag("treatment_related", "judged related to the treatment under study"),
    ),
)  # fmt: skip
DISPOSITIONS_TABLE = Table(
    name="dispositions", meaning="one row per change of a subject's status", key=("subject_id", "event"),
    columns=(
        _SUBJECT,
        _date("date", "date of the change", required=True),
        _code("event", "what changed", DISPOSITIONS, required=True),
        _code("death_cause", "cause of death, for `died`", DEATH_CAUSES),
        _text("detail", "free detail"),
    ),
)  # fmt: skip

TABLES = (
    SUBJECTS, VISITS, SYSTEMS, RELAPSES, MRI_SCANS, EXPOSURES, PROCEDURES_TABLE, GRAFTS, LABS, ADVERSE_EVENTS,
    DISPOSITIONS_TABLE,
)  # fmt: skip
BY_NAME = {table.name: table for table in TABLES}
