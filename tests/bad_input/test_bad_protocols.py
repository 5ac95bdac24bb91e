"""Bad protocol, population and evidence files: each gives one clear message with file, key, value, why and remedy."""

import re

import pytest

from regraft.core.errors import FileProblem, InputError, SettingsProblem
from regraft.evidence.registry import FOLDER as EVIDENCE
from regraft.evidence.registry import load_trial
from regraft.trial.protocol import FOLDER as PROTOCOLS
from regraft.trial.protocol import load_protocol

ATKINS = (PROTOCOLS / "atkins-2016.toml").read_text(encoding="utf-8")
STUDY = (EVIDENCE / "ni-2006.yaml").read_text(encoding="utf-8")
BUSULFAN = 'name = "busulfan"\nroute = "iv"'

CHANGES = {  # what a person might write: (old, new, key, value shown, words)
    "unknown key": ("first_day = 9", "frist_day = 9", "harvest.frist_day", "9", "Did you mean first_day?"),
    "unknown section": ("[harvest]", "[harvst]", "harvst", None, "Did you mean harvest?"),
    "unknown drug": (
        BUSULFAN,
        BUSULFAN.replace("busulfan", "busulfann"),
        "conditioning.drug[0].name",
        "'busulfann'",
        "Did you mean busulfan?",
    ),
    "dose of another drug": (
        'name = "rabbit_atg"',
        'name = "alemtuzumab"',
        "conditioning.drug[2].dose",
        "1.25",
        "more than anyone gives",
    ),
    "negative dose": ("dose = 0.8", "dose = -0.8", "conditioning.drug[0].dose", "-0.8", "above 0"),
    "absurd dose": ("dose = 0.8", "dose = 80.0", "conditioning.drug[0].dose", "80.0", "decimal point"),
    "day order reversed": ("last_day = -8", "last_day = -12", "conditioning.drug[0].last_day", "-12", "Exchange"),
    "collection reversed": ("last_day = 16", "last_day = 3", "harvest.last_day", "3", "end before it begins"),
    "drug after reinfusion": (
        "first_day = -5\nlast_day = -2",
        "first_day = -1\nlast_day = 0",
        "conditioning.drug[1].last_day",
        "0",
        "destroy",
    ),
    "text in number": ("dose = 0.8", 'dose = "0.8"', "conditioning.drug[0].dose", "'0.8'", "without quotes"),
    "number in text": ('device = "COBE Spectra"', "device = 3", "harvest.device", "3", "quotes"),
    "nan": ("dmso_pct = 10.0", "dmso_pct = nan", "freeze.dmso_pct", "nan", "finite"),
    "half a patient": ("patients = 24", "patients = 23.5", "patients", "23.5", "whole number"),
    "word for flag": ("mesna = true", 'mesna = "yes"', "mobilisation.mesna", "'yes'", "true or false"),
    "quoted date": (
        "data_cutoff = 2014-01-31",
        'data_cutoff = "31.1.2014"',
        "accrual.data_cutoff",
        "'31.1.2014'",
        "Write year-month-day",
    ),
    "cut-off too early": (
        "data_cutoff = 2014-01-31",
        "data_cutoff = 1999-01-31",
        "accrual.data_cutoff",
        "'1999-01-31'",
        "before the first enrolment",
    ),
    "cut-off while enrolling": (
        "data_cutoff = 2014-01-31",
        "data_cutoff = 2003-01-31",
        "accrual.data_cutoff",
        "'2003-01-31'",
        "before enrolment ends",
    ),
    "minimum above maximum": ("minimum = 18", "minimum = 81", "eligibility.age_years.minimum", "81.0", "Exchange"),
    "no step of the EDSS": ("minimum = 3.0", "minimum = 0.5", "eligibility.edss.minimum", "0.5", "half points"),
    "unknown course": ('"RRMS", "SPMS"', '"RRMS", "SPSM"', "eligibility.courses[1]", "'SPSM'", "Did you mean SPMS?"),
    "one course, no list": ('["RRMS", "SPMS"]', '"RRMS"', "eligibility.courses", "'RRMS'", "Write a list"),
    "shares": ("share = 0.70", "share = 0.75", "accrual.sites", None, "add up to 1.05"),
    "target below minimum": (
        "target_cd34_1e6_per_kg = 8.0",
        "target_cd34_1e6_per_kg = 3.0",
        "harvest.target_cd34_1e6_per_kg",
        "3.0",
        "below",
    ),
    "amendment of nothing": (
        'replaces = "busulfan"',
        'replaces = "melphalan"',
        "amendment[0].replaces",
        "'melphalan'",
        "not given",
    ),
    "more patients than there are": (
        "maximum = 16",
        "maximum = 160",
        "amendment[0].applies_to_first_patients.maximum",
        "160",
        "only 24 patients",
    ),
    "unknown endpoint": ('"relapse",', '"relaps",', "endpoints.reported[3]", "'relaps'", "Did you mean relapse?"),
    "unknown population": (
        'population = "aggressive',
        'population = "agressive',
        "population",
        "'agressive-relapsing-ms'",
        "Did you mean aggressive-relapsing-ms?",
    ),
    "unknown evidence": (
        'evidence = "atkins-2016"',
        'evidence = "atkins-2061"',
        "evidence",
        "'atkins-2061'",
        "Did you mean atkins-2016?",
    ),
    "unknown origin": (
        'origin = "pooled"',
        'origin = "guessed"',
        'sources."accrual.first_enrolment".origin',
        "'guessed'",
        "Known: assumed",
    ),
    "source of nothing": ('"mri" = {', '"mir" = {', 'sources."mir"', None, "Did you mean mri?"),
    "assumption without reason": (
        'why = "not published" }',
        "checked = true }",
        'sources."visits.missed_probability".why',
        None,
        "needs its reason",
    ),
    "windows overlap": ("window_days = 14", "window_days = 60", "visits.window_days", "60", "overlap"),
    "a probability of 4": (
        "missed_probability = 0.04",
        "missed_probability = 4",
        "visits.missed_probability",
        "4",
        "at most 0.9",
    ),
}


def test_a_key_that_was_renamed_is_refused_with_its_new_name(tmp_path) -> None:
    file = tmp_path / "mine.toml"
    text = (PROTOCOLS / "mist-2019-randomised.toml").read_text(encoding="utf-8")
    file.write_text(text.replace("raters_blinded = true", "raters_blinded = false\nunblinded_lean_grades = 0.3"))
    with pytest.raises(SettingsProblem, match=r"randomisation\.unblinded_lean_grades.*called assessor_bias_grades now"):
        load_protocol(file)


@pytest.mark.parametrize("case", CHANGES)
def test_a_bad_protocol_gives_one_message_with_file_key_value_and_remedy(tmp_path, case):
    old, new, key, value, words = CHANGES[case]
    assert old in ATKINS
    path = tmp_path / "mine.toml"
    path.write_text(ATKINS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load_protocol(path)
    message = str(caught.value)
    lines = [line for line in message.splitlines() if f"{path}: {key}" in line]
    assert len(lines) == 1, message
    assert words in lines[0]
    if value is not None:
        assert f"{key} = {value}: " in lines[0]
    assert message.count(str(path)) <= 2, "what follows from one mistake is not told again"


@pytest.mark.parametrize("section", ["mobilisation", "conditioning", "visits", "endpoints"])
def test_a_missing_section_is_named(tmp_path, section):
    path = tmp_path / "mine.toml"
    head, tail = ATKINS.split(f"\n[{section}]\n")
    rest = tail[re.search(r"^\[(?!\[?conditioning)", tail, re.MULTILINE).start() :]
    path.write_text(f"{head}\n{rest}", encoding="utf-8")
    with pytest.raises(SettingsProblem, match=rf"{section}: missing\."):
        load_protocol(path)


def _written(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ATKINS[: ATKINS.index('"Ottawa"') + 3].encode(), "TOML"),
        (ATKINS.encode("utf-16"), "UTF-16"),
        (ATKINS.replace("Montreal", "Montréal").encode("latin-1"), "not UTF-8"),
        (b"", "empty"),
        (b"just some words\n", "line 1"),
        (b"<html><body>404</body></html>", "line 1"),
        (b"PAR1\x00\x00\x15\x04", "binary"),
        (b"x" * 1_500_000, "too large"),
        (b"x" * 500_000, "a line is longer"),
    ],
    ids=["cut", "utf16", "latin1", "empty", "words", "html", "parquet", "large", "one line"],
)
def test_a_file_that_is_no_protocol_is_refused(tmp_path, content, words):
    path = _written(tmp_path / "mine.toml", content)
    with pytest.raises(FileProblem, match=words) as caught:
        load_protocol(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy.endswith(".")


def test_a_folder_a_missing_file_and_an_unknown_name_are_refused(tmp_path):
    with pytest.raises(FileProblem, match="folder"):
        load_protocol(tmp_path)
    with pytest.raises(FileProblem, match="no such file"):
        load_protocol(tmp_path / "mine.toml")
    with pytest.raises(FileProblem, match=r"no protocol of this name\. Did you mean atkins-2016"):
        load_protocol("atkins2016")


EVIDENCE_CHANGES = {
    "unknown key": ("short_name:", "shortname:", "Did you mean short_name?"),
    "unknown confidence": (
        "confidence: found\n  note: null\nregimen",
        "confidence: sure\n  note: null\nregimen",
        "'sure'",
    ),
    "unknown role": ("role: fit", "role: fitted", "Did you mean fit?"),
    "number without source": (
        "  source: https://acemap.info/paper/134248197\n  confidence: found\n  note: null\n- f",
        "  source: null\n  confidence: found\n  note: null\n- f",
        "needs its source",
    ),
    "interval without level": ("ci_low: null", "ci_low: 50", "needs its level"),
    "more events than patients": ("events: 2", "events: 22", "above n = 21"),
    "key twice": ("short_name:", "id: ni-2006\nshort_name:", "'id' is written twice"),
    "text for a number": ("n: 21", 'n: "21"', "outcomes[0].n = '21': not a whole number"),
    "broken": ("outcomes:", "outcomes: [", "broken YAML in line"),
    "another name": ("id: ni-2006", "id: ni-2007", "Write ni-2006."),
}


@pytest.mark.parametrize("case", EVIDENCE_CHANGES)
def test_a_bad_evidence_file_is_refused(tmp_path, case):
    old, new, words = EVIDENCE_CHANGES[case]
    assert old in STUDY
    path = tmp_path / "ni-2006.yaml"
    path.write_text(STUDY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_trial(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_evidence_file_with_nothing_in_it_is_refused(tmp_path):
    path = _written(tmp_path / "x.yaml", b"- a\n- b\n")
    with pytest.raises(FileProblem, match="no keys"):
        load_trial(path)
    with pytest.raises(FileProblem, match="Did you mean halt-ms"):
        load_trial("haltms")
