"""The SDTM variables regraft writes: label, kind and order; and the labels of the domains.

A name that begins with two hyphens stands for the variable of every domain (``--TESTCD`` is RSTESTCD in RS). Labels are
those of SDTMIG 3.4 as far as they could be seen.
"""

from collections.abc import Mapping

from regraft.study.exchange.dataset import Standard, VariableKind

_TEXT, _DATE, _INTEGER, _FLOAT = VariableKind.TEXT, VariableKind.DATE, VariableKind.INTEGER, VariableKind.FLOAT

VARIABLES: Mapping[str, tuple[str, VariableKind]] = {
    "STUDYID": ("Study Identifier", _TEXT),
    "DOMAIN": ("Domain Abbreviation", _TEXT),
    "USUBJID": ("Unique Subject Identifier", _TEXT),
    "--SEQ": ("Sequence Number", _INTEGER),
    "SUBJID": ("Subject Identifier for the Study", _TEXT),
    "RFSTDTC": ("Subject Reference Start Date/Time", _DATE),
    "RFENDTC": ("Subject Reference End Date/Time", _DATE),
    "RFXSTDTC": ("Date/Time of First Study Treatment", _DATE),
    "RFXENDTC": ("Date/Time of Last Study Treatment", _DATE),
    "RFICDTC": ("Date/Time of Informed Consent", _DATE),
    "RFPENDTC": ("Date/Time of End of Participation", _DATE),
    "DTHDTC": ("Date/Time of Death", _DATE),
    "DTHFL": ("Subject Death Flag", _TEXT),
    "SITEID": ("Study Site Identifier", _TEXT),
    "BRTHDTC": ("Date/Time of Birth", _DATE),
    "AGE": ("Age", _FLOAT),
    "AGEU": ("Age Units", _TEXT),
    "SEX": ("Sex", _TEXT),
    "RACE": ("Race", _TEXT),
    "ARMCD": ("Planned Arm Code", _TEXT),
    "ARM": ("Description of Planned Arm", _TEXT),
    "ACTARMCD": ("Actual Arm Code", _TEXT),
    "ACTARM": ("Description of Actual Arm", _TEXT),
    "COUNTRY": ("Country", _TEXT),
    "VISITNUM": ("Visit Number", _INTEGER),
    "VISIT": ("Visit Name", _TEXT),
    "--REFID": ("Reference ID", _TEXT),
    "--TRT": ("Name of Treatment", _TEXT),
    "--TERM": ("Reported Term", _TEXT),
    "--DECOD": ("Dictionary-Derived Term", _TEXT),
    "--TESTCD": ("Test Short Name", _TEXT),
    "--TEST": ("Test Name", _TEXT),
    "--CAT": ("Category", _TEXT),
    "--EVDTYP": ("Event Date Type", _TEXT),
    "--ORRES": ("Result or Finding in Original Units", _TEXT),
    "--ORRESU": ("Original Units", _TEXT),
    "--STRESC": ("Character Result/Finding in Std Format", _TEXT),
    "--STRESN": ("Numeric Result/Finding in Standard Units", _FLOAT),
    "--STRESU": ("Standard Units", _TEXT),
    "--STAT": ("Completion Status", _TEXT),
    "--BLFL": ("Baseline Flag", _TEXT),
    "--DOSE": ("Dose", _FLOAT),
    "--DOSU": ("Dose Units", _TEXT),
    "--ROUTE": ("Route of Administration", _TEXT),
    "--SER": ("Serious Event", _TEXT),
    "--REL": ("Causality", _TEXT),
    "--TOXGR": ("Standard Toxicity Grade", _TEXT),
    "--DTC": ("Date/Time of Collection", _DATE),
    "--STDTC": ("Start Date/Time of Observation", _DATE),
    "--ENDTC": ("End Date/Time of Observation", _DATE),
    "RDOMAIN": ("Related Domain Abbreviation", _TEXT),
    "IDVAR": ("Identifying Variable", _TEXT),
    "IDVARVAL": ("Identifying Variable Value", _TEXT),
    "QNAM": ("Qualifier Variable Name", _TEXT),
    "QLABEL": ("Qualifier Variable Label", _TEXT),
    "QVAL": ("Data Value", _TEXT),
    "QORIG": ("Origin", _TEXT),
    "TSPARMCD": ("Trial Summary Parameter Short Name", _TEXT),
    "TSPARM": ("Trial Summary Parameter", _TEXT),
    "TSVAL": ("Parameter Value", _TEXT),
}
DOMAINS: Mapping[str, tuple[str, str]] = {
    "TS": ("Trial Summary", "TRIAL DESIGN"),
    "DM": ("Demographics", "SPECIAL PURPOSE"),
    "SV": ("Subject Visits", "SPECIAL PURPOSE"),
    "EX": ("Exposure", "INTERVENTIONS"),
    "CM": ("Concomitant/Prior Medications", "INTERVENTIONS"),
    "PR": ("Procedures", "INTERVENTIONS"),
    "AE": ("Adverse Events", "EVENTS"),
    "BE": ("Biospecimen Events", "EVENTS"),
    "CE": ("Clinical Events", "EVENTS"),
    "DS": ("Disposition", "EVENTS"),
    "MH": ("Medical History", "EVENTS"),
    "BS": ("Biospecimen Findings", "FINDINGS"),
    "FT": ("Functional Tests", "FINDINGS"),
    "LB": ("Laboratory Test Results", "FINDINGS"),
    "NV": ("Nervous System Findings", "FINDINGS"),
    "QS": ("Questionnaires", "FINDINGS"),
    "RS": ("Disease Response and Clin Classification", "FINDINGS"),
    "VS": ("Vital Signs", "FINDINGS"),
}
SDTM = Standard(
    name="SDTMIG",
    version="3.4",
    purpose="Tabulation",
    classes={name: family for name, (_, family) in DOMAINS.items()},
)
_ORDER = {name: place for place, name in enumerate(VARIABLES)}


def general_name(variable: str, domain: str) -> str:
    """Return the name as it stands in `VARIABLES`: ``--SEQ`` for AESEQ in AE.

    Examples
    --------
    >>> general_name("AESEQ", "AE"), general_name("SEX", "DM")
    ('--SEQ', 'SEX')
    """
    if variable in VARIABLES:
        return variable
    return f"--{variable.removeprefix(domain)}" if variable.startswith(domain) else variable


def label_and_kind(variable: str, domain: str) -> tuple[str, VariableKind]:
    """Return label and kind of a variable of a domain."""
    if variable.startswith("TSVAL"):
        return VARIABLES["TSVAL"]
    return VARIABLES[general_name(variable, domain)]


def place(variable: str, domain: str) -> int:
    """Return the place of a variable among those of its domain."""
    return len(_ORDER) if variable.startswith("TSVAL") else _ORDER[general_name(variable, domain)]
