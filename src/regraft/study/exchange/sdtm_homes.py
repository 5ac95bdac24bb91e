"""Where every column of the study tables lives in SDTM: tables as data, read both ways.

`Records`: a row of a table is a record of a domain. `Results`: some columns of a row are records of a findings domain.
A column with no variable of its own goes to the supplemental qualifiers (SUPP--) of its record. What could be seen of
the CDISC sources, and what could not, stands in docs/format-exchange.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import final

from regraft.study.exchange.sdtm_lab_codes import LAB_CODES

NOTHING: Mapping[str, str] = {}
YES_NO: Mapping[str, str] = {"true": "Y", "false": "N"}


@final
@dataclass(frozen=True, slots=True)
class Field:
    """A column kept in a variable; `codes` gives the SDTM term of each value where it is not the value in capitals."""

    column: str
    variable: str
    codes: Mapping[str, str] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Supplement:
    """A column kept in SUPP--."""

    column: str
    name: str
    label: str


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """A column kept as a result of its own; `others` are codes under which sponsors have it."""

    column: str
    code: str
    name: str
    unit: str | None = None
    others: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Rows of a table that are records of a domain.

    Parameters
    ----------
    table, domain : str
        Where from and where to.
    fields, supplements : tuple
        The columns with a variable, and those without.
    constants : mapping
        Variables that are the same in every record of this home.
    split : tuple of (str, tuple of str), optional
        Only rows whose column has one of these values live here.
    """

    table: str
    domain: str
    fields: tuple[Field, ...]
    supplements: tuple[Supplement, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    split: tuple[str, tuple[str, ...]] | None = None


class Link(StrEnum):
    """What ties the results of one row together."""

    DATE = "date"
    SPECIMEN = "specimen"
    SUBJECT = "subject"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Columns of a table that are records of a findings domain.

    Parameters
    ----------
    table, domain, category : str
        Where from, where to, and the --CAT of the records.
    tests : tuple of Measured
        The columns.
    link : Link
        What ties the results of a row together.
    alone : bool
        The table has no `Records` home: a row without any result is kept as one record ``--ALL``, NOT DONE.
    constants : mapping
        Variables that are the same in every record.
    """

    table: str
    domain: str
    category: str
    tests: tuple[Measured, ...]
    link: Link = Link.DATE
    alone: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)


_VITAL = ("weight", "temperature")
_CODES = {test: code for test, (code, _) in LAB_CODES.items()}
_DISPOSITIONS = {
    "enrolled": "ENROLLED", "not_transplanted": "NOT TRANSPLANTED", "transplanted": "TRANSPLANTED",
    "withdrew": "WITHDRAWAL BY SUBJECT", "lost_to_follow_up": "LOST TO FOLLOW-UP", "data_cutoff": "DATA CUTOFF",
    "completed": "COMPLETED", "died": "DEATH",
}  # fmt: skip
_STUDY_PURPOSES = ("mobilisation", "conditioning")
_OTHER_PURPOSES = ("disease_modifying", "supportive", "steroid", "other")


def _drugs(domain: str, purposes: tuple[str, ...]) -> Records:
    return Records(
        table="exposures",
        domain=domain,
        split=("purpose", purposes),
        fields=(
            Field("drug", f"{domain}TRT"),
            Field("purpose", f"{domain}CAT"),
            Field("dose", f"{domain}DOSE"),
            Field("dose_unit", f"{domain}DOSU"),
            Field("route", f"{domain}ROUTE"),
            Field("start_date", f"{domain}STDTC"),
            Field("end_date", f"{domain}ENDTC"),
        ),
    )


def _samples(domain: str, tests: tuple[str, ...]) -> Records:
    return Records(
        table="labs",
        domain=domain,
        split=("test", tests),
        fields=(
            Field("test", f"{domain}TESTCD", {test: _CODES[test] for test in tests}),
            Field("value", f"{domain}STRESN"),
            Field("unit", f"{domain}ORRESU"),
            Field("date", f"{domain}DTC"),
        ),
    )


RECORDS = (
    Records(
        table="subjects", domain="DM",
        fields=(
            Field("site", "SITEID"), Field("arm", "ARM"),
            Field("sex", "SEX", {"female": "F", "male": "M", "unknown": "U"}), Field("birth_date", "BRTHDTC"),
            Field("age_at_enrolment_years", "AGE"), Field("enrolment_date", "RFSTDTC"),
        ),
        supplements=(
            Supplement("trial_number", "TRIALNUM", "Number of the simulated trial"),
            Supplement("candidates_screened", "SCREENED", "Candidates screened for this subject"),
            Supplement("ms_course", "MSCOURSE", "Course of MS at enrolment"),
        ),
    ),
    Records(
        table="visits", domain="SV", fields=(Field("date", "SVSTDTC"),),
        supplements=(
            Supplement("visit_type", "VISTYPE", "Why the visit took place"),
            Supplement("days_since_relapse", "DAYSREL", "Days since the last relapse began"),
            Supplement("rater", "RATER", "Who examined"),
            Supplement("work", "WORK", "Work"),
        ),
    ),
    Records(
        table="relapses", domain="CE", constants={"CETERM": "MULTIPLE SCLEROSIS RELAPSE", "CECAT": "MS RELAPSE"},
        fields=(Field("onset_date", "CESTDTC"), Field("end_date", "CEENDTC")),
        supplements=(
            Supplement("confirmed", "CONFIRM", "Confirmed on examination"),
            Supplement("steroid_treated", "STEROID", "Treated with high-dose corticosteroids"),
            Supplement("main_system", "FSMAIN", "Functional system most affected"),
            Supplement("second_system", "FSSECOND", "Second functional system affected"),
        ),
    ),
    _drugs("EX", _STUDY_PURPOSES),
    _drugs("CM", _OTHER_PURPOSES),
    Records(
        table="procedures", domain="PR",
        fields=(Field("procedure", "PRTRT"), Field("date", "PRSTDTC"), Field("end_date", "PRENDTC")),
        supplements=(
            Supplement("detail", "PRDETAIL", "Detail of the procedure"),
            Supplement("code", "PRCODE", "Code of the procedure with its system"),
        ),
    ),
    Records(
        table="grafts", domain="BE", constants={"BECAT": "AUTOLOGOUS GRAFT"},
        fields=(Field("stage", "BETERM"), Field("date", "BESTDTC")),
        supplements=(
            Supplement("bag", "BAG", "Number of the bag"),
            Supplement("source", "SOURCE", "Where the cells were taken"),
            Supplement("intended_use", "USE", "Graft or reserve"),
            Supplement("split_from", "SPLIT", "Bag this one was split from"),
        ),
    ),
    _samples("LB", tuple(test for test in LAB_CODES if test not in _VITAL)),
    _samples("VS", _VITAL),
    Records(
        table="adverse_events", domain="AE",
        fields=(
            Field("term", "AETERM"), Field("ctcae_grade", "AETOXGR"), Field("serious", "AESER"),
            Field("treatment_related", "AEREL", {"true": "RELATED", "false": "NOT RELATED"}),
            Field("start_date", "AESTDTC"), Field("end_date", "AEENDTC"),
        ),
        supplements=(Supplement("ctcae_version", "CTCAEVER", "Version of CTCAE the grade follows"),),
    ),
    Records(
        table="dispositions", domain="DS", fields=(Field("event", "DSDECOD", _DISPOSITIONS), Field("date", "DSSTDTC")),
        supplements=(
            Supplement("death_cause", "DTHCAUSE", "Cause of death"),
            Supplement("detail", "DSDETAIL", "Detail of the disposition"),
        ),
    ),
)  # fmt: skip
_KFSS = (
    ("pyramidal", "101", "Pyramidal Functions"), ("cerebellar", "102", "Cerebellar Functions"),
    ("brainstem", "103", "Brain Stem Functions"), ("sensory", "104", "Sensory Functions"),
    ("bowel_bladder", "105", "Bowel and Bladder Functions"), ("visual", "106", "Visual or Optic Functions"),
    ("cerebral", "107", "Cerebral or Mental Functions"),
)  # fmt: skip
RESULTS = (
    Results(
        table="subjects", domain="VS", category="AT ENROLMENT", link=Link.SUBJECT, constants={"VSBLFL": "Y"},
        tests=(Measured("height_cm", "HEIGHT", "Height", "cm"), Measured("weight_kg", "WEIGHT", "Weight", "kg")),
    ),
    Results(
        table="subjects", domain="RS", category="KPS SCALE", link=Link.SUBJECT, constants={"RSBLFL": "Y"},
        tests=(Measured("karnofsky", "KPSS0101", "KPSS01-Karnofsky Performance Status"),),
    ),
    Results(
        table="subjects", domain="RS", category="HCT-CI", link=Link.SUBJECT, constants={"RSBLFL": "Y"},
        tests=(Measured("hct_ci", "HCTCI", "HCT Comorbidity Index"),),
    ),
    Results(
        table="visits", domain="RS", category="EDSS",
        tests=(
            Measured(
                "edss", "EDSS0101", "EDSS01-Expanded Disability Score", others=("EDSS", "EDSSTOT", "EDSSSCR")
            ),
            Measured("ambulation_score", "NSAMB", "Neurostatus Ambulation Score"),
        ),
    ),
    Results(
        table="visits", domain="FT", category="T25FW",
        tests=(Measured("t25fw_seconds", "T25FW101", "T25FW1-Time to Complete 25-Foot Walk", "s", ("T25FW",)),),
    ),
    Results(
        table="visits", domain="FT", category="NHPT",
        tests=(Measured("nhpt_seconds", "NHPT0101", "NHPT01-Time to Complete 9-Hole Peg Test", "s"),),
    ),
    Results(
        table="visits", domain="FT", category="SDMT", tests=(Measured("sdmt", "SDMT0101", "SDMT01-Total Score"),),
    ),
    Results(
        table="visits", domain="QS", category="PATIENT-REPORTED",
        tests=(
            Measured("mfis", "MFISTOT", "Modified Fatigue Impact Scale Total"),
            Measured("msis29_physical", "MSISPHYS", "MSIS-29 Physical"),
            Measured("msis29_psychological", "MSISPSYC", "MSIS-29 Psychological"),
            Measured("sf36_physical", "SF36PCS", "SF-36 Physical Component Summary"),
            Measured("sf36_mental", "SF36MCS", "SF-36 Mental Component Summary"),
            Measured("eq5d_index", "EQ5DINDX", "EQ-5D Index"),
        ),
    ),
    Results(
        table="functional_systems", domain="RS", category="KFSS", alone=True,
        tests=tuple(Measured(column, f"KFSS{number}", f"KFSS1-{name}") for column, number, name in _KFSS),
    ),
    Results(
        table="mri_scans", domain="NV", category="BRAIN MRI", alone=True,
        tests=(
            Measured("gd_lesions", "GDLES", "Gadolinium-Enhancing Lesions"),
            Measured("new_t2_lesions", "NEWT2LES", "New or Enlarging T2 Lesions"),
            Measured("t2_lesions", "T2LES", "T2 Lesions"),
            Measured("brain_volume_ml", "BRNVOL", "Normalised Brain Volume", "mL"),
            Measured("brain_volume_change_pct", "BRNVOLCH", "Brain Volume Change Since Baseline", "%"),
        ),
    ),
    Results(
        table="grafts", domain="BS", category="AUTOLOGOUS GRAFT", link=Link.SPECIMEN,
        tests=(
            Measured("cd34_1e6_per_kg", "CD34KG", "CD34+ Cells per Body Weight", "10^6/kg"),
            Measured("cd3_1e6_per_kg", "CD3KG", "CD3+ Cells per Body Weight", "10^6/kg"),
            Measured("nucleated_1e8_per_kg", "NUCLKG", "Nucleated Cells per Body Weight", "10^8/kg"),
            Measured("viability_pct", "VIABCD34", "Viable CD34+ Cells", "%"),
            Measured("purity_pct", "PURITY", "CD34+ Share of the Product", "%"),
            Measured("volume_ml", "VOLUME", "Volume", "mL"),
            Measured("dmso_ml", "DMSO", "Dimethyl Sulfoxide", "mL"),
        ),
    ),
)  # fmt: skip
HISTORY = (("ms_onset_date", "SYMPTOM ONSET"), ("ms_diagnosis_date", "DIAGNOSIS"))  # MH records of one disease
DISEASE = "MULTIPLE SCLEROSIS"
