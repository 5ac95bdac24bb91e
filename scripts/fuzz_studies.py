"""Damage study folders in many ways and see that nothing but a clear refusal ever comes back.

Usage: ``scripts/fuzz [N] [--first K] [--seed S]`` runs N cases (default 200) from case K on. Each case takes a small
study in one of seven formats, damages its files, and runs check and the derivation of endpoints. A case fails when

- anything but a RegraftError is raised, or a study without errors cannot be derived;
- it takes longer than ten seconds;
- rows are lost in silence: rows in a file = rows used + rows reported.

A failing case is printed with the number that repeats it. The exit code is 1 when a case failed.
"""

import argparse
import csv
import faulthandler
import io
import json
import signal
import sys
import tempfile
import time
import warnings
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
from regraft.study.places import ROW
from regraft.study.check import findings_of
from regraft.study.convert import write_as
from regraft.study.findings import errors
from regraft.study.formats import Format
from regraft.study.loading import Loaded, load
from regraft.study.schema import BY_NAME
from regraft.study.tables import Study

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "builders"))

from damage import Chance, Files, damage
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
SDTM_TABLES = {"relapses": ("ce",), "adverse_events": ("ae",), "dispositions": ("ds",), "exposures": ("ex", "cm")}


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
    found["msprog"] = {"visits.csv": _msprog("id,date,EDSS,SDMT", 24), "relapses.csv": _msprog("id,date", 6)}
    return found


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
    study = Study({name: frame.drop(ROW) for name, frame in loaded.tables.items()}, loaded.about)
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
    refused = {found.file for found in findings if found.row is None}
    lost = []
    kind = kind.split(maxsplit=1)[0]
    for table, frame in loaded.tables.items():
        path = directory / loaded.files[table]
        if kind in {"csv", "parquet"} and path.is_file():
            lost += _differs(path.name, frame.height, _rows(path))
        if kind == "mapping" and table != "subjects" and path.name not in refused:
            lost += _differs(path.name, frame.height, _rows(path))
        if kind == "redcap" and table != "subjects" and path.is_file():
            lost += _differs(f"{table} in {path.name}", frame.height, _instrument_rows(path, table))
        if kind == "dataset-json" and table in SDTM_TABLES:
            rows = _records_of(directory, SDTM_TABLES[table], refused)
            lost += _differs(table, frame.height, rows)
    if kind in {"csv", "parquet"}:
        unread = {
            path.name for path in directory.iterdir() if path.stem in BY_NAME and path.suffix in {".csv", ".parquet"}
        }
        said = {f.file for f in findings} | {word for f in findings for word in f.problem.split()}
        lost += [f"{name} was not read" for name in unread - set(loaded.files.values()) - said]
    return lost


def _differs(name: str, read: int, rows: int | None) -> list[str]:
    return [f"{name}: {rows} rows, {read} read"] if rows is not None and rows != read else []


def _records(path: Path) -> list[list[str]]:
    csv.field_size_limit(10_000_000)
    text = path.read_bytes().decode("utf-8-sig").rstrip("\r\n")
    text = text.replace("\r\n", "\n").replace("\r", "")  # a carriage return alone ends no row
    header = text.split("\n", 1)[0]
    separator = next((candidate for candidate in ",;\t" if candidate in header), ",")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _rows(path: Path) -> int | None:
    """Count the rows of a file on its own, without regraft."""
    if path.suffix == ".parquet":
        return int(pl.read_parquet(path).height)
    return len(_records(path)) - 1


def _records_of(directory: Path, domains: tuple[str, ...], refused: set[str]) -> int | None:
    """Count the records of the domains, whichever files they stand in; None when one of the files was refused."""
    rows = 0
    for path in directory.glob("*.json"):
        if path.name in refused:
            return None
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        rows += len(document["rows"]) if str(document["name"]).lower() in domains else 0
    return rows


def _instrument_rows(path: Path, table: str) -> int | None:
    records = _records(path)
    if "redcap_repeat_instrument" not in records[0]:
        return None
    place = records[0].index("redcap_repeat_instrument")
    named = sum(len(record) > place and record[place].strip().lower() == table for record in records[1:])
    blank = sum(len(record) > place and not record[place].strip() for record in records[1:])
    return named if blank == 0 else None


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
    kind = chance.of((*sorted(formats), "mapping", "msprog", "csv 1", "csv 4"))  # the quick ones more often
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
    wanted = parser.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, _alarm)
    formats, endpoints = bases(), load_definition("atkins-2016")
    for kind, files in formats.items():
        if kind[-1] in "134":
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
