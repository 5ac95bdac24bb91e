"""The trial summary (TS): what the study is, and which tables it has, so that nothing is lost on the way back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.study.exchange.dataset import Dataset, StudyHeader, Variable, VariableKind
from regraft.study.exchange.sdtm_variables import label_and_kind
from regraft.study.schema import TABLES
from regraft.study.tables import Study, StudyAbout

_LONGEST = 200  # bytes in one TSVAL
_NAMES = {
    "TITLE": "Trial Title",
    "SIMULATE": "Simulated Study",
    "SOURCE": "Source of the Data",
    "PROTOCOL": "Protocol",
    "SEED": "Seed of the Simulation",
    "RGVERS": "Version of regraft",
    "NOTE": "Note",
    "RGTABLES": "Study Tables Present",
    "RGROWS": "Records in Each Dataset",
}


def summary_dataset(study: Study, header: StudyHeader, others: Sequence[Dataset]) -> Dataset:
    """Return the trial summary of a study.

    Parameters
    ----------
    study : Study
        The study.
    header : StudyHeader
        Gives STUDYID.
    others : sequence of Dataset
        The other datasets, whose records are counted: a cut XPT file does not show that it is cut.
    """
    rows = []
    counts = " ".join(f"{dataset.name}:{dataset.frame.height}" for dataset in others)
    for number, (code, value) in enumerate([*_parameters(study), ("RGROWS", counts)], start=1):
        pieces = split_text(value)
        row: dict[str, object] = {
            "STUDYID": header.study_id,
            "DOMAIN": "TS",
            "TSSEQ": float(number),
            "TSPARMCD": code,
            "TSPARM": _NAMES[code],
        }
        rows.append(row | {_value_name(place): piece for place, piece in enumerate(pieces)})
    frame = pl.from_dicts(rows, infer_schema_length=None)
    keys = {"STUDYID": 1, "TSPARMCD": 2, "TSSEQ": 3}
    variables = []
    for name in frame.columns:
        label, kind = label_and_kind(name, "TS")
        variables.append(Variable(name=name, label=label, kind=kind, key=keys.get(name)))
    marked = "SIMULATED Trial Summary" if study.about.simulated else "Trial Summary"
    text = [variable.name for variable in variables if variable.kind is VariableKind.TEXT]
    return Dataset(
        name="TS", label=marked, variables=tuple(variables), frame=frame.with_columns(pl.col(text).cast(pl.String))
    )


def _parameters(study: Study) -> Iterator[tuple[str, str]]:
    about = study.about
    yield "TITLE", about.title
    yield "SIMULATE", "Y" if about.simulated else "N"
    yield "SOURCE", about.source
    if about.protocol is not None:
        yield "PROTOCOL", about.protocol
    if about.seed is not None:
        yield "SEED", str(about.seed)
    yield "RGVERS", about.version
    for note in about.notes:
        yield "NOTE", note
    yield "RGTABLES", " ".join(table.name for table in TABLES if study.has(table.name))


def _value_name(place: int) -> str:
    return "TSVAL" if place == 0 else f"TSVAL{place}"


def split_text(text: str) -> list[str]:
    """Return a text in pieces of at most 200 bytes, none of which ends in a blank unless the text does.

    Examples
    --------
    >>> [len(piece) for piece in split_text("x" * 450)]
    [200, 200, 50]
    """
    pieces = []
    while len(text.encode()) > _LONGEST:
        end = len(text.encode()[:_LONGEST].decode(errors="ignore"))
        while end > 1 and text[end - 1] == " ":
            end -= 1
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a trial summary says: the study, and of regraft's own the tables and the records of each dataset."""

    about: StudyAbout
    tables: tuple[str, ...] | None
    records: Mapping[str, int]


def read_summary(frame: pl.DataFrame) -> Summary:
    """Return what a trial summary says.

    Parameters
    ----------
    frame : polars.DataFrame
        Records of TS.
    """
    values = sorted(
        (name for name in frame.columns if name.startswith("TSVAL") and re.fullmatch(r"[0-9]{1,4}", name[5:])),
        key=lambda name: int(name[5:]),
    )
    names = ["TSVAL", *values] if "TSVAL" in frame.columns else values
    found: dict[str, list[str]] = {}
    for row in frame.iter_rows(named=True):
        text = "".join(str(row[name]) for name in names if row[name] is not None)
        found.setdefault(str(row.get("TSPARMCD")), []).append(text)

    def one(code: str) -> str | None:
        return found[code][0] if code in found else None

    seed, tables = one("SEED"), one("RGTABLES")
    about = StudyAbout(
        title=one("TITLE") or "",
        simulated=one("SIMULATE") == "Y",
        source=one("SOURCE") or ("SDTM datasets" if "SOURCE" not in found else ""),
        protocol=one("PROTOCOL"),
        seed=int(seed) if seed is not None and re.fullmatch(r"-?[0-9]{1,18}", seed) else None,
        version=one("RGVERS") or "",
        notes=tuple(found.get("NOTE", ())),
    )
    counts = [pair.split(":") for pair in (one("RGROWS") or "").split()]
    records = {pair[0]: int(pair[1]) for pair in counts if len(pair) == 2 and re.fullmatch(r"[0-9]{1,12}", pair[1])}
    return Summary(about=about, tables=None if tables is None else tuple(tables.split()), records=records)
