"""Damage study folders in many ways and see that nothing but a clear refusal ever comes back.

Usage: ``scripts/fuzz [N] [--first K] [--seed S] [--kinds WORD ...]`` runs N cases (default 200) from case K on.
`--kinds` takes the folders whose name begins with one of the words (xpt, dataset-json, ndjson, dsjc, others, redcap,
mapping; `centres` is all of these). Each case takes a small study as CSV, Parquet, a REDCap export, SDTM (transport
files, Dataset-JSON in its three forms, with and without regraft's own trial summary) or foreign CSV with a mapping,
damages its files or changes their records as people change them, and runs check and the derivation of endpoints. A
case fails when

- anything but a RegraftError is raised, or a study without errors cannot be derived;
- it takes longer than ten seconds;
- rows are lost in silence: a row of a file is neither the origin of a row or cell of a table nor counted in a finding.

A failing case is printed with the number that repeats it. The exit code is 1 when a case failed.
"""

import argparse
import csv
import faulthandler
import io
import re
import signal
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl

from regraft.core.errors import Finding, RegraftError
from regraft.core.library import LIBRARY
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.check import findings_of
from regraft.study.convert import write_as
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.mapping_file import MAPPING_FILE
from regraft.study.exchange.sdtm_homes import RECORDS
from regraft.study.findings import errors
from regraft.study.formats import Format
from regraft.study.loading import Loaded, load
from regraft.study.places import FILE, ROW, without_places
from regraft.study.schema import BY_NAME
from regraft.study.tables import Study

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "builders"))

from damage import Chance, Files, as_lines, damage, dataset_in
from specimen import specimen_study

LIMIT_S = 10.0
EXAMPLE = LIBRARY / "examples" / "registry-sample"
ROWS_OF_EXAMPLE = 60
PARTS = (
    ("functional_systems", "relapses"),
    ("mri_scans", "exposures"),
    ("procedures", "grafts", "labs"),
    ("adverse_events", "dispositions"),
)
SDTM = ("xpt", "dataset-json", "ndjson", "dsjc", "others")
OF_CENTRES = (*SDTM, "redcap", "project", "mapping", "spreadsheet", "msprog")

SPREADSHEET = """[study]
title = "t"
source = "s"
[[table]]
name = "subjects"
file = "v.csv"
distinct = true
[table.columns]
subject_id = "Patient; Nr"
[[table]]
name = "visits"
file = "v.csv"
decimal = ","
thousands = "."
ignored = ["Walk"]
[table.columns]
subject_id = "Patient; Nr"
date = { column = "Datum", date_format = "%d.%m.%Y" }
edss = "EDSS"
"""
PROJECT = """[study]
title = "t"
source = "s"
[missing]
values = [-99]
[[table]]
name = "subjects"
file = "export.csv"
where = { redcap_repeat_instrument = "" }
[table.columns]
subject_id = "record_id"
sex = { column = "sex", values = { F = "female", M = "male" } }
[[table]]
name = "visits"
file = "export.csv"
where = { redcap_repeat_instrument = "visits" }
[table.columns]
subject_id = "record_id"
date = "day"
edss = "edss"
[[table]]
name = "relapses"
file = "export.csv"
where = { redcap_repeat_instrument = "relapses" }
[table.columns]
subject_id = "record_id"
onset_date = "onset"
"""
_TOLD = re.compile(
    "left out|taken as one|is taken,|repeat another|repeat a status|are not used|not used:|is not used|repeat a test|"
    "belong to|are used by no table|sound like"
)


class TooSlow(BaseException):
    """A case took longer than the limit; no `except Exception` may catch it."""


def bases() -> dict[str, Files]:
    """Return the undamaged folders by format; a few tables in each, so that a case is quick."""
    whole = specimen_study()
    found: dict[str, Files] = {}
    for part, names in enumerate(PARTS, start=1):
        study = Study({name: whole.tables[name] for name in ("subjects", "visits", *names)}, whole.about)
        for to in Format:
            if to is Format.PARQUET and part != 2:  # every case of it starts a process
                continue
            with tempfile.TemporaryDirectory() as folder:
                write_as(study, Path(folder), to, datetime(2026, 1, 1, tzinfo=UTC))
                found[f"{to} {part}"] = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    sample = (EXAMPLE / "SampleData.csv").read_bytes().split(b"\n")
    mapping = (EXAMPLE / "mapping.toml").read_bytes()
    found["mapping"] = {"SampleData.csv": b"\n".join(sample[: ROWS_OF_EXAMPLE + 1]), "mapping.toml": mapping}
    for part in ("1", "2", "3", "4"):  # the other forms of Dataset-JSON
        whole = found[f"dataset-json {part}"]
        found[f"ndjson {part}"] = _in_lines(whole, ".ndjson")
        found[f"dsjc {part}"] = _in_lines(whole, ".dsjc")
    for form in (
        "dataset-json 1",
        "dataset-json 3",
        "xpt 2",
        "xpt 4",
        "ndjson 2",
        "ndjson 4",
        "dsjc 3",
        "dataset-json 4",
    ):
        # as if another program had written them: no trial summary
        other = {name: raw for name, raw in found[form].items() if not name.startswith(("ts.", "define"))}
        found[f"others {form}"] = other
    found["spreadsheet"] = {"v.csv": _spreadsheet(24), "mapping.toml": SPREADSHEET.encode()}
    found["project"] = {"export.csv": _project(12), "mapping.toml": PROJECT.encode()}
    found["msprog"] = {"visits.csv": _msprog("id,date,EDSS,SDMT", 24), "relapses.csv": _msprog("id,date", 6)}
    return found


def _in_lines(files: Files, suffix: str) -> Files:
    """Return Dataset-JSON with a record per line, compressed or not."""
    return {
        name.replace(".json", suffix): as_lines(raw, packed=suffix == ".dsjc") if name.endswith(".json") else raw
        for name, raw in files.items()
    }


def _spreadsheet(rows: int) -> bytes:
    cells = [
        f"P{row % 3};{1 + row % 28:02d}.03.{2010 + row // 3};{2 + row % 5},{5 * (row % 2)};1.{row:03d},5"
        for row in range(rows)
    ]
    return "\n".join(["sep=;", '"Patient; Nr";Datum;EDSS;Walk', *cells]).encode()


def _project(rows: int) -> bytes:
    header = "record_id,redcap_repeat_instrument,redcap_repeat_instance,sex,day,edss,onset"
    people = [f"{row},,,{'F' if row % 2 else 'M'},,," for row in range(3)]
    visits = [f"{row % 3},visits,{1 + row // 3},,20{10 + row}-02-03,{2 + row % 4}," for row in range(rows)]
    relapses = [f"{row},relapses,1,,,,2013-0{1 + row}-05" for row in range(3)]
    return "\n".join([header, *people, *visits, *relapses]).encode()


def _msprog(header: str, rows: int) -> bytes:
    lines = [header]
    for row in range(rows):
        cells = [str(1 + row % 3), f"20{10 + row // 9}-0{1 + row % 9}-15", str(2 + row % 5 / 2), str(50 - row)]
        lines.append(",".join(cells[: header.count(",") + 1]))
    return "\n".join(lines).encode()


def problems_of(directory: Path, kind: str, endpoints: Any) -> tuple[list[str], bool]:
    """Return what is wrong with how a folder was taken, and whether the study was intact."""
    mapping = Path("msprog") if kind == "msprog" else None
    loaded = load(directory, mapping)
    findings = findings_of(loaded)
    wrong = [f"a finding without words: {found}" for found in findings if not (found.problem and found.remedy)]
    wrong += rows_lost(directory, kind, loaded, findings)
    if errors(findings):
        return wrong, False
    study = Study({name: without_places(frame) for name, frame in loaded.tables.items()}, loaded.about)
    derived = derive(study, endpoints)
    said = pl.concat(
        [derived.events.select("subject_id", "endpoint"), derived.not_at_risk.select("subject_id", "endpoint")]
    )
    expected = study.table("subjects").height
    for (endpoint,), rows in said.group_by("endpoint"):
        if rows["subject_id"].n_unique() != expected:
            wrong.append(f"{endpoint}: {rows['subject_id'].n_unique()} of {expected} subjects")
    return wrong, True


def rows_lost(directory: Path, kind: str, loaded: Loaded, findings: tuple[Finding, ...]) -> list[str]:
    """Return the files of which rows were neither used nor reported."""
    kind = kind.split(maxsplit=1)[0]
    if kind not in {"csv", "parquet"}:
        return _records_lost(directory, kind, loaded, findings)
    lost = []
    for table, frame in loaded.tables.items():
        path = directory / loaded.files[table]
        if path.is_file():
            lost += _differs(path.name, frame.height + _left_out(findings, path.name), _rows(path))
    unread = {path.name for path in directory.iterdir() if path.stem in BY_NAME and path.suffix in {".csv", ".parquet"}}
    said = {f.file for f in findings} | {word for f in findings for word in f.problem.split()}
    return lost + [f"{name} was not read" for name in unread - set(loaded.files.values()) - said]


def _records_lost(directory: Path, kind: str, loaded: Loaded, findings: tuple[Finding, ...]) -> list[str]:
    """Compare the rows of every source file with the places the tables say they come from, and with the findings."""
    places = _places(loaded)
    refused = {found.file for found in findings if found.row is None and found.severity == "error"}
    lost: list[str] = []
    if (
        MAPPING_FILE in refused
        or "subjects" not in loaded.tables
        or any(found.file == "msprog.toml" for found in findings)
    ):
        return lost
    for path in sorted(directory.iterdir()):
        mine = [found for found in findings if found.file == path.name]
        wrong = any(found.severity == "error" for found in mine) and path.name not in places
        unread = any(found.problem.startswith("the file is not read") for found in mine)
        if path.name in refused or not path.is_file() or wrong or unread:
            continue
        rows, qualifiers = _filled_records(path) if kind in SDTM else (_source_rows(path, kind, loaded), False)
        if not rows:
            continue
        silent = rows - places.get(path.name, set())
        if qualifiers and (errors(findings) or any(" left out" in found.problem for found in findings)):
            continue  # of a cell that is an error, and of a record left out, no qualifier is in the table
        if qualifiers:
            silent = set(sorted(silent)[_qualified(loaded) :])
        whose = {found.file for found in findings} if qualifiers else {path.name}
        said = [one for file in whose for one in _told(findings, file, max(rows))]
        counted = sum(1 for one in said if one is None)
        silent -= {one for one in said if one is not None}
        if len(silent) > counted:
            lost.append(f"{path.name}: {len(silent)} rows in no table, {counted} counted: {sorted(silent)[:5]}")
    return lost


def _places(loaded: Loaded) -> dict[str, set[int]]:
    """Return the rows of each file that a row or a cell of a table comes from."""
    found: dict[str, set[int]] = {}
    for table, frame in loaded.tables.items():
        named = [name for name in frame.columns if name == ROW or name.startswith(f"{ROW}:")]
        for name in named:
            file = name.replace(ROW, FILE, 1)
            file = file if file in frame.columns else FILE
            for row, whence in zip(
                frame[name], frame[file] if file in frame.columns else [loaded.files[table]] * frame.height, strict=True
            ):
                found.setdefault(whence or loaded.files[table], set()).add(row)
    return found


def _qualified(loaded: Loaded) -> int:
    """Count the cells of the tables that come from supplemental qualifiers."""
    columns = {(home.table, one.column) for home in RECORDS for one in home.supplements}
    return sum(
        frame[column].drop_nulls().len()
        for table, frame in loaded.tables.items()
        for name, column in columns
        if name == table and column in frame.columns
    )


def _source_rows(path: Path, kind: str, loaded: Loaded) -> set[int]:
    """Return the numbers of the rows of a file that hold something to be used or reported, read without regraft."""
    if path.suffix.lower() != ".csv":
        return set()
    try:
        records = _records(path)
    except UnicodeDecodeError:  # such a file is refused where it is read at all
        return set()
    if not records:
        return set()
    header, rows = records[0], dict(enumerate(records[1:], start=1))
    if kind == "redcap" and not {"subject_id", "redcap_repeat_instrument"} <= set(header):
        return set()
    if kind == "redcap":
        form, who = header.index("redcap_repeat_instrument"), header.index("subject_id")
        people = set(loaded.tables["subjects"]["subject_id"]) if "subjects" in loaded.tables else set()
        # several rows of a record make one subject
        rows = {at: row for at, row in rows.items() if row[form].strip() or row[who].strip() not in people}
    return {at for at, row in rows.items() if any(cell.strip() for cell in row)}


def _filled_records(path: Path) -> tuple[set[int], bool]:
    """Return the records of an SDTM dataset that say something, and whether they are supplemental qualifiers."""
    if path.suffix not in {".json", ".ndjson", ".dsjc", ".xpt"}:
        return set(), False
    try:
        frame = dataset_in(path.name, path.read_bytes())
    except (ValueError, TypeError, KeyError, zlib.error):
        return set(), False
    if frame is None or {"TSPARMCD", "TSVAL"} <= {one.upper() for one in frame.columns}:
        return set(), False
    frame = (
        frame.select(pl.all().name.to_uppercase())
        if len({one.upper() for one in frame.columns}) == frame.width
        else frame
    )
    domain = path.stem.upper()[:2]
    results = [name for name in (f"{domain}ORRES", f"{domain}STRESC", f"{domain}STRESN") if name in frame.columns]
    filled = pl.any_horizontal(
        pl.lit(value=not results), *(pl.col(one).cast(pl.String).fill_null("") != "" for one in results)
    )
    records = set(frame.with_row_index("__row", offset=1).filter(filled)["__row"].to_list())
    return records, "QNAM" in frame.columns


def _left_out(findings: tuple[Finding, ...], file: str) -> int:
    """Count the rows of a file that a warning says are left out or taken as one with others."""
    mine = [found for found in findings if found.file == file and found.severity != "error"]
    rows = [found for found in mine if _TOLD.search(found.problem)]
    numbers = [re.match(r"(\d+) ", found.problem) for found in rows]
    return sum(int(n[1]) if n else int(found.row is not None) for found, n in zip(rows, numbers, strict=True))


def _told(findings: tuple[Finding, ...], file: str, rows: int) -> list[int | None]:
    """Return the rows of a file that the findings speak of: by number, or None for each that is only counted."""
    said: list[int | None] = []
    for found in findings:
        if found.file != file:
            continue
        if found.row is not None:
            said.append(found.row)
        elif (number := re.search(r"^(\d+) |\((\d+) records\)", found.problem)) and _TOLD.search(found.problem):
            said += [None] * min(int(number[1] or number[2]), rows)
    return said


def _differs(name: str, read: int, rows: int | None) -> list[str]:
    return [f"{name}: {rows} rows, {read} read"] if rows is not None and rows != read else []


def _records(path: Path) -> list[list[str]]:
    csv.field_size_limit(10_000_000)
    text = path.read_bytes().decode("utf-8-sig").rstrip("\r\n")
    text = text.replace("\r\n", "\n").replace("\r", "")  # a carriage return alone ends no row
    separator = read_csv_text(path).separator
    if re.match("[\"']?sep=", text, re.IGNORECASE):
        text = text.split("\n", 1)[1]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _rows(path: Path) -> int | None:
    """Count the rows of a file on its own, without regraft."""
    if path.suffix == ".parquet":
        return int(pl.read_parquet(path).height)
    return len(_records(path)) - 1


def undamaged(kind: str, files: Files, endpoints: Any) -> list[str]:
    """Return what is wrong with an undamaged folder; the first call compiles what later ones use."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        wrong, intact = problems_of(Path(folder), kind, endpoints)
        return wrong if intact else [*wrong, "it has errors"]


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def run_case(case: int, seed: int, formats: dict[str, Files], endpoints: Any) -> tuple[list[str], str, str]:
    """Run one case; return what went wrong, what was done, and how the study was taken."""
    chance = Chance(seed, case)
    kind = chance.of((*sorted(formats), *(one for one in ("mapping", "msprog", "csv 1", "csv 4") if one in formats)))
    files = dict(formats[kind])
    done = damage(files, chance)
    what = f"{kind}: {'; '.join(done)}"
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        faulthandler.dump_traceback_later(6 * LIMIT_S, exit=True)
        signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
        try:
            wrong, intact = problems_of(Path(folder), kind, endpoints)
        except RegraftError as error:
            return [] if str(error) else ["an error without words"], what, "refused with an error"
        except TooSlow:
            return [f"longer than {LIMIT_S:g} s"], what, "too slow"
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # a panic of polars is no Exception, and must be seen here
            return [f"{type(error).__name__}: {str(error).splitlines()[:2]}"], what, "failed"
        else:
            return wrong, what, "intact" if intact else "refused with findings"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()


def main() -> int:
    """Run the cases and report; the exit code is 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--kinds", nargs="+", default=[""], help="`centres`: every format but regraft's own")
    wanted = parser.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, _alarm)
    formats, endpoints = bases(), load_definition("atkins-2016")
    words = tuple(OF_CENTRES if wanted.kinds == ["centres"] else wanted.kinds)
    formats = {kind: files for kind, files in formats.items() if kind.startswith(words)}
    for kind, files in formats.items():
        if kind[-1] in "134" and wanted.count <= 200:
            continue
        if taken := undamaged(kind, files, endpoints):
            print(f"the undamaged folder {kind} is not taken whole: {taken}")
            return 1
    outcomes: Counter[str] = Counter()
    failed, slowest, began = 0, 0.0, time.monotonic()
    for case in range(wanted.first, wanted.first + wanted.count):
        start = time.monotonic()
        wrong, what, outcome = run_case(case, wanted.seed, formats, endpoints)
        if outcome == "too slow":  # once more: other programs may have held the machine
            wrong, what, outcome = run_case(case, wanted.seed, formats, endpoints)
        slowest = max(slowest, time.monotonic() - start)
        outcomes[outcome] += 1
        if wrong:
            failed += 1
            print(f"case {case} (scripts/fuzz 1 --first {case} --seed {wanted.seed})\n  {what}\n  {wrong[:4]}")
    taken = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    print(
        f"{wanted.count} cases in {time.monotonic() - began:.0f} s, the slowest {slowest:.1f} s: {taken}; {failed} "
        "failed"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
