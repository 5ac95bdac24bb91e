"""A first mapping file for foreign CSV files, guessed from names and values; every guess with its confidence.

Nothing is decided here: the proposal is text to be read, corrected and kept by a person, and `check` judges the result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import final

import polars as pl

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.errors import FileProblem
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.column_profile import POINTS, Profile, profile, value_fit
from regraft.study.exchange.date_formats import EXCEL
from regraft.study.exchange.number_marks import NumberMarks, number_marks
from regraft.study.schema import BY_NAME, TABLES, ColumnType, Table

_ENOUGH = 0.55
_INSTRUMENTS = ("redcap_repeat_instrument", "Repeat Instrument")
_EVENTS = ("redcap_event_name", "Event Name")
_OF_REDCAP = (*_INSTRUMENTS, *_EVENTS, "redcap_repeat_instance", "Repeat Instance", "redcap_data_access_group")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "subject_id": ("id", "patient id", "patient", "patient code", "subject", "subjid", "usubjid", "pat", "ipp",
                   "record id", "subject id", "patientennummer", "patienten id",
                   "pat nr", "patient no", "patient number", "participant id", "study id"),
    "date": ("date", "visit date", "date visit", "date edss", "exam date", "assessment date", "scan date", "mri date",
             "date mri", "sample date", "svstdtc", "datum", "visitendatum",
             "untersuchungsdatum", "date de visite", "fecha", "fecha visita", "data wizyty", "data visita"),
    "edss": ("edss", "edss score", "kurtzke"),
    "ambulation_score": ("ambulation", "ambulation score"),
    "t25fw_seconds": ("t25fw", "25ftw", "timed walk", "t25w"),
    "nhpt_seconds": ("nhpt", "9hpt", "nine hole peg"),
    "sdmt": ("sdmt", "symbol digit"),
    "mfis": ("mfis", "mfis total", "fatigue"),
    "msis29_physical": ("msis29 physical", "msis 29 physical", "msis phys"),
    "msis29_psychological": ("msis29 psychological", "msis 29 psychological", "msis psych"),
    "sf36_physical": ("sf36 pcs", "sf 36 physical", "pcs"),
    "sf36_mental": ("sf36 mcs", "sf 36 mental", "mcs"),
    "eq5d_index": ("eq5d", "eq 5d index"),
    "work": ("work", "employment", "work status"),
    "hct_ci": ("hct ci", "hctci", "comorbidity index"),
    "karnofsky": ("karnofsky", "kps"),
    "days_since_relapse": ("days post relapse", "days since relapse"),
    "visit_type": ("visit type", "visit reason"),
    "visual": ("fs visual", "fs vis", "visual", "optic"),
    "brainstem": ("fs brainstem", "fs bstem", "brainstem", "bs"),
    "pyramidal": ("fs pyramidal", "fs pyr", "pyramidal"),
    "cerebellar": ("fs cerebellar", "fs crbl", "cerebellar"),
    "sensory": ("fs sensory", "fs sens", "sensory"),
    "bowel_bladder": ("fs bowel bladder", "fs sph", "bowel bladder", "sphincter", "bladder"),
    "cerebral": ("fs cerebral", "fs cereb", "mental", "cerebral"),
    "onset_date": ("relapse date", "date relapse", "relapse onset", "onset date", "attack date", "onset", "date"),
    "end_date": ("end date", "end", "stop date", "date stop"),
    "start_date": ("start date", "start", "begin", "date start", "onset date", "date"),
    "sex": ("sex", "gender"),
    "birth_date": ("birth date", "date of birth", "dob", "birthday"),
    "age_at_enrolment_years": ("age", "age at baseline", "age at inclusion", "age at enrolment"),
    "ms_onset_date": ("ms onset", "onset date", "date onset", "disease onset", "first symptom"),
    "ms_diagnosis_date": ("diagnosis date", "date diagnosis", "ms diagnosis"),
    "ms_course": ("ms course", "course", "ms type", "phenotype"),
    "enrolment_date": ("enrolment date", "enrollment date", "inclusion date", "baseline date"),
    "arm": ("arm", "group", "treatment arm"),
    "site": ("site", "centre", "center", "hospital"),
    "gd_lesions": ("gd", "gd lesions", "gadolinium", "t1 gd", "enhancing lesions", "cel"),
    "new_t2_lesions": ("new t2", "new t2 lesions", "new enlarging t2"),
    "t2_lesions": ("t2 lesions", "t2 count"),
    "brain_volume_ml": ("brain volume", "nbv"),
    "brain_volume_change_pct": ("pbvc", "brain volume change"),
    "steroid_treated": ("steroids", "steroid treated", "relapse steroids", "steroid treatment"),
    "confirmed": ("confirmed", "confirmed relapse", "relapse confirmed"),
    "drug": ("drug", "treatment", "dmt", "medication"),
    "test": ("test", "lab test", "parameter", "analyte"),
    "value": ("value", "result"),
    "unit": ("unit", "units"),
    "term": ("term", "adverse event", "ae term", "event"),
    "ctcae_grade": ("grade", "ctcae grade", "toxicity grade"),
}  # fmt: skip
_FILE_WORDS: Mapping[str, tuple[str, ...]] = {
    "subjects": ("subject", "patient", "demograph", "baseline"), "visits": ("visit", "edss", "exam"),
    "functional_systems": ("functional", "kfs", "fss"), "relapses": ("relapse", "attack", "exacerb"),
    "mri_scans": ("mri", "scan", "imaging"), "exposures": ("treat", "drug", "dmt", "exposure", "medic"),
    "labs": ("lab", "blood"), "adverse_events": ("adverse", "ae", "toxic"), "procedures": ("procedure",),
    "grafts": ("graft",), "dispositions": ("disposition", "status", "exit"),
}  # fmt: skip
_CONSTANTS = {"exposures": {"purpose": "disease_modifying"}}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One source column proposed for one target column, with the confidence from 0 to 1 and what makes it doubtful."""

    target: str
    source: Profile
    confidence: float
    doubt: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TableGuess:
    """One table proposed from one file."""

    table: str
    file: str
    guesses: tuple[Guess, ...]
    constants: Mapping[str, str]
    distinct: bool = False
    where: Mapping[str, str] = field(default_factory=dict)
    marks: NumberMarks = POINTS


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The proposed tables, columns that none of them takes, and files that cannot be read, with why."""

    tables: tuple[TableGuess, ...]
    unused: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]
    unread: Mapping[str, str] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Rows of a file that may be one table: all of them, or those of one instrument or event of a REDCap export."""

    file: str
    profiles: tuple[Profile, ...]
    where: Mapping[str, str]
    marks: NumberMarks
    form: str = ""
    only_subjects: bool = False


def propose_mapping(directory: Path) -> Proposal:
    """Guess which columns of the CSV files in a folder become which columns of the study tables.

    Parameters
    ----------
    directory : Path
        Folder with CSV files of any names.

    Raises
    ------
    FileProblem
        The folder has no CSV file that can be read, or none gives visits.
    """
    if not directory.is_dir():
        raise FileProblem(directory, "there is no such folder", "Give the folder with the CSV files")
    parts: list[_Part] = []
    unread: dict[str, str] = {}
    for path in sorted(path for path in directory.iterdir() if path.suffix.lower() == ".csv" and path.is_file()):
        text = read_csv_text(path)
        if text.frame is None:
            unread[path.name] = str(text.findings[0])
        else:
            parts += _parts(path.name, text.frame, number_marks(text.frame, text.separator))
    if not parts:
        why = f": {next(iter(unread.values()))}" if unread else ""
        remedy = "Export the tables as CSV (UTF-8, one header line)"
        raise FileProblem(directory, f"no CSV file here can be read{why}", remedy)
    parts = _with_one_order_of_days(parts)
    tables = _choose(parts)
    if not any(table.table == "visits" for table in tables):
        remedy = (
            "Visits need an id, a date and an outcome such as EDSS; write the mapping file by hand "
            "(docs/format-exchange.md)"
        )
        raise FileProblem(directory, "no file looks like a table of visits", remedy)
    used = {(t.file, name) for t in tables for name in (*(g.source.name for g in t.guesses), *t.where)}
    everything = {part.file: tuple(p.name for p in part.profiles) for part in parts if not part.where}
    unused = {file: tuple(name for name in names if (file, name) not in used) for file, names in everything.items()}
    words = {word for table in tables for guess in table.guesses for word in guess.source.missing}
    return Proposal(tables=tuple(tables), unused=unused, missing=tuple(sorted(words)), unread=unread)


def _parts(file: str, frame: pl.DataFrame, marks: NumberMarks) -> list[_Part]:
    """Return the rows of a file that may be a table; a REDCap export holds one for each instrument."""
    whole = _Part(
        file=file, profiles=tuple(profile(frame[name], marks) for name in frame.columns), where={}, marks=marks
    )
    form = next((name for name in _INSTRUMENTS if name in frame.columns), None)
    event = next((name for name in _EVENTS if name in frame.columns), None)
    parts = [whole]
    for column, only_subjects in ((form, False), (event, True)):
        if column is None:
            continue
        named = frame[column].str.strip_chars().replace("", None)
        others = [frame.filter(named.eq_missing(value)) for value in named.unique(maintain_order=True)]
        for rows, value in zip(others, named.unique(maintain_order=True), strict=True):
            if only_subjects and form is not None:
                rows = rows.filter(rows[form].str.strip_chars().replace("", None).is_null())  # noqa: PLW2901
            filled = [name for name in rows.columns if rows[name].null_count() < rows.height and name not in _OF_REDCAP]
            found = tuple(profile(rows[name], marks) for name in filled)
            where = {column: value or ""}
            if only_subjects and form is not None:
                where[form] = ""
            parts.append(
                _Part(
                    file=file, profiles=found, where=where, marks=marks, form=value or "", only_subjects=only_subjects
                )
            )
    return parts


def _with_one_order_of_days(parts: list[_Part]) -> list[_Part]:
    """Return the parts with dates that can be read two ways in the order that the other dates of the folder have."""
    sure = {
        form.replace("%y", "%Y")
        for part in parts
        for p in part.profiles
        for form in p.date_formats
        if len(p.date_formats) == 1
    }
    day, month = (any(form.startswith(first) for form in sure) for first in (("%d/", "%d.", "%d-%m"), ("%m/", "%m-")))
    if day == month:
        return parts

    def ordered(one: Profile) -> Profile:
        if len(one.date_formats) < 2:
            return one
        first = "%d" if day else "%m"
        chosen = [form for form in one.date_formats if form.startswith(first)]
        return replace(one, date_formats=(*chosen, *(form for form in one.date_formats if form not in chosen)))

    return [replace(part, profiles=tuple(map(ordered, part.profiles))) for part in parts]


def _choose(parts: list[_Part]) -> list[TableGuess]:
    """Return the tables every file gives; of two files for one table the better one."""
    best: dict[str, tuple[float, TableGuess]] = {}
    instruments = {part.file for part in parts if part.where}
    for part in parts:
        for table in TABLES:
            if part.only_subjects and table.name != "subjects":
                continue
            if part.file in instruments and not part.where and table.name not in {"visits", "subjects"}:
                continue
            guess = _guess_table(part, table)
            weight = _weight(guess, part.form or part.file) + (0.005 if part.where else 0.0)
            if weight > 0.01 and weight > best.get(table.name, (0.0, guess))[0]:
                best[table.name] = (weight, guess)
    tables = _once([best[table.name][1] for table in TABLES if table.name in best])
    if "subjects" not in best and "visits" in best:
        visits = best["visits"][1]
        identity = tuple(guess for guess in visits.guesses if guess.target == "subject_id")
        tables.insert(0, TableGuess(table="subjects", file=visits.file, guesses=identity, constants={}, distinct=True))
    return tables


def _once(tables: list[TableGuess]) -> list[TableGuess]:
    """Leave a source column, unless it is a key, only to the table that is most certain of it."""
    surest: dict[tuple[str, str], float] = {}
    for table in tables:
        for guess in table.guesses:
            place = (table.file, guess.source.name)
            surest[place] = max(surest.get(place, 0.0), guess.confidence)
    return [
        replace(
            table,
            guesses=tuple(
                guess
                for guess in table.guesses
                if guess.target in BY_NAME[table.table].key or guess.confidence >= surest[table.file, guess.source.name]
            ),
        )
        for table in tables
    ]


def _guess_table(part: _Part, table: Table) -> TableGuess:
    """Give each column of a table its best source column, the most certain pair first."""
    pairs = []
    for column in table.columns:
        for one in part.profiles:
            fit = value_fit(one, column)
            name = _name_fit(one.name, column.name)
            score = 0.75 * name + 0.25 * fit
            if fit > 0 and name >= 0.6 and score >= _ENOUGH:
                pairs.append((score, column.name, one))
    pairs.sort(key=lambda pair: -pair[0])
    guesses: dict[str, Guess] = {}
    for score, target, source in pairs:
        if target not in guesses and source.name not in {guess.source.name for guess in guesses.values()}:
            guesses[target] = Guess(target=target, source=source, confidence=score, doubt=_doubt(source, table, target))
    order = [column.name for column in table.columns]
    chosen = tuple(sorted(guesses.values(), key=lambda guess: order.index(guess.target)))
    constants = {k: v for k, v in _CONSTANTS.get(table.name, {}).items() if k not in guesses}
    return TableGuess(
        table=table.name, file=part.file, guesses=chosen, constants=constants, where=part.where, marks=part.marks
    )


def _doubt(source: Profile, table: Table, target: str) -> str:
    if target in {c.name for c in table.columns if c.kind is ColumnType.DATE}:
        if source.date_formats == (EXCEL,):
            return "taken for the day numbers of a spreadsheet (since 1900; excel-1904 on old Macs): check a few"
        if len(source.date_formats) > 1:
            return "day and month cannot be told apart: check the format"
        if source.date_formats and "%y" in source.date_formats[0]:
            return "years of two digits are taken so that no date lies in the future: check births"
    if source.codes:
        return f"{', '.join(source.codes)} is taken for a code for a missing value: check it"
    if target == "sex" and source.cells.str.contains(r"^\d$").any():
        return "which number is which sex is a guess: check it"
    return ""


def _weight(guess: TableGuess, file: str) -> float:
    """Return how much a file looks like a table; 0 when it cannot be it."""
    table = BY_NAME[guess.table]
    found = {one.target: one for one in guess.guesses}
    required = [column.name for column in table.columns if column.required and column.name not in guess.constants]
    if any(name not in found for name in required):
        return 0.0
    own = [one for one in guess.guesses if one.target not in table.key]
    named = any(word in file.lower() for word in _FILE_WORDS[guess.table])
    if guess.table == "subjects" and (not found["subject_id"].source.unique or not (own or named)):
        return 0.0
    if guess.table == "functional_systems" and sum(one.target in FUNCTIONAL_SYSTEMS for one in guess.guesses) < 2:
        return 0.0
    if guess.table == "visits" and not {"edss", "t25fw_seconds", "nhpt_seconds", "sdmt"} & set(found):
        return 0.0
    if guess.table in {"relapses", "procedures", "grafts", "dispositions"} and not named:
        return 0.0
    if not own and not named:
        return 0.0
    return sum(one.confidence for one in own) + (2.0 if named else 0.0) + 0.01


def _name_fit(name: str, target: str) -> float:
    """Return how alike a foreign header and a target's names are, from 0 to 1.

    Examples
    --------
    >>> _name_fit("dateEDSS", "date"), _name_fit("EDSS", "edss")
    (1.0, 1.0)
    """
    words = _words(name)
    return max(_alike(words, _words(other)) for other in (target, *_NAMES.get(target, ())))


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a header in lower case, camel case taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return tuple(word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word)


def _alike(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    if not left or not right:
        return 0.0
    if "".join(left) == "".join(right) or set(left) == set(right):
        return 1.0
    shared = len(set(left) & set(right)) / max(len(set(left)), len(set(right)))
    ratio = SequenceMatcher(None, "".join(left), "".join(right)).ratio()
    return max(shared * 0.95, ratio * 0.9)
