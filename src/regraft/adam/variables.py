"""The ADaM variables regraft writes: label and kind (ADaMIG 1.3; those marked own are regraft's)."""

from collections.abc import Mapping

from regraft.study.exchange.dataset import Standard, Variable, VariableKind

_TEXT, _DAY, _INTEGER, _FLOAT = VariableKind.TEXT, VariableKind.DAY, VariableKind.INTEGER, VariableKind.FLOAT

VARIABLES: Mapping[str, tuple[str, VariableKind]] = {
    "STUDYID": ("Study Identifier", _TEXT),
    "USUBJID": ("Unique Subject Identifier", _TEXT),
    "SUBJID": ("Subject Identifier for the Study", _TEXT),
    "SITEID": ("Study Site Identifier", _TEXT),
    "AGE": ("Age", _FLOAT),
    "AGEU": ("Age Units", _TEXT),
    "SEX": ("Sex", _TEXT),
    "RACE": ("Race", _TEXT),
    "ARM": ("Description of Planned Arm", _TEXT),
    "TRT01P": ("Planned Treatment for Period 01", _TEXT),
    "FASFL": ("Full Analysis Set Population Flag", _TEXT),
    "TRNSFL": ("Transplanted Flag", _TEXT),  # own
    "ENRLDT": ("Date of Enrolment", _DAY),  # own
    "TRNSDT": ("Date of Transplantation", _DAY),  # own
    "ZERODT": ("Date From Which Days Are Counted", _DAY),  # own
    "ZEROSRC": ("What Happened on That Date", _TEXT),  # own
    "ONSETDT": ("Date of First Symptom of MS", _DAY),  # own
    "DIAGDT": ("Date of Diagnosis of MS", _DAY),  # own
    "MSCRSE": ("Course of MS at Enrolment", _TEXT),  # own
    "HCTCI": ("HCT Comorbidity Index", _INTEGER),  # own
    "KPS": ("Karnofsky Performance Status", _INTEGER),  # own
    "LSTALVDT": ("Date Last Known Alive", _DAY),
    "EOSSTT": ("End of Study Status", _TEXT),
    "EOSDT": ("End of Study Date", _DAY),
    "DTHFL": ("Subject Death Flag", _TEXT),
    "DTHDT": ("Date of Death", _DAY),
    "DTHCAUS": ("Cause of Death", _TEXT),
    "TRIALNUM": ("Number of the Simulated Trial, From 0", _INTEGER),  # own
    "PARAM": ("Parameter", _TEXT),
    "PARAMCD": ("Parameter Code", _TEXT),
    "PARCAT1": ("Parameter Category 1", _TEXT),
    "ENDPNT": ("Name of the Endpoint in regraft", _TEXT),  # own
    "AVAL": ("Analysis Value", _FLOAT),
    "AVALC": ("Analysis Value (C)", _TEXT),
    "AVALU": ("Analysis Value Unit", _TEXT),
    "BASE": ("Baseline Value", _FLOAT),
    "CHG": ("Change from Baseline", _FLOAT),
    "ABLFL": ("Baseline Record Flag", _TEXT),
    "STARTDT": ("Time-to-Event Origin Date for Subject", _DAY),
    "ADT": ("Analysis Date", _DAY),
    "ADY": ("Analysis Relative Day", _INTEGER),
    "CNSR": ("Censor", _INTEGER),
    "STATUS": ("Event, Censored, Competing or Unknown", _TEXT),  # own
    "EVNTDESC": ("Event or Censoring Description", _TEXT),
    **{f"EVNTDES{number}": (f"Event or Censoring Description, Part {number + 1}", _TEXT) for number in range(1, 10)},
    "SRCDOM": ("Source Data", _TEXT),
    "SRCVAR": ("Source Variable", _TEXT),
    "SRCSEQ": ("Source Sequence Number", _INTEGER),
}
ADAM = Standard(
    name="ADaMIG",
    version="1.3",
    purpose="Analysis",
    classes={
        "ADSL": "SUBJECT LEVEL ANALYSIS DATASET",
        "ADTTE": "BASIC DATA STRUCTURE",
        "ADMS": "BASIC DATA STRUCTURE",
        "ADMRI": "BASIC DATA STRUCTURE",
        "ADLB": "BASIC DATA STRUCTURE",
    },
)


def variables(names: tuple[str, ...], keys: tuple[str, ...]) -> tuple[Variable, ...]:
    """Return the variables of a dataset in their order, with their places in its key."""
    places = {name: number for number, name in enumerate(keys, start=1)}
    return tuple(
        Variable(name=name, label=VARIABLES[name][0], kind=VARIABLES[name][1], key=places.get(name)) for name in names
    )
