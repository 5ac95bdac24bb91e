"""SDTM datasets brought together by domain: split ones joined, subjects named as in DM, use counted by record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import final

import polars as pl

from regraft.core.errors import Finding
from regraft.study.exchange.dataset import SourceDataset
from regraft.study.exchange.sdtm_variables import DOMAINS
from regraft.study.findings import finding
from regraft.study.places import FILE, ROW

SUBJECT = "subject_id"
AT = "__at"  # number of the record in its domain, whichever file it stands in
_DESIGN = {"TA", "TD", "TE", "TI", "TM", "TS", "TV", "OI", "DI"}
_OF_NO_DOMAIN = ("RELREC", "RELSUB", "RELSPEC", "POOLDEF")


@final
@dataclass(frozen=True, slots=True)
class Source:
    """The datasets of a folder.

    Parameters
    ----------
    frames : dict of str to polars.DataFrame
        Records by domain, with their row numbers, files where a domain is split, the subject's name, and qualifiers as
        ``SUPP:QNAM``.
    files : dict of str to str
        File of each domain, the first where it is split.
    findings : list of Finding
        Problems met.
    own : bool
        regraft wrote the datasets: they say what they say, and nothing is to be doubted.
    counts : mapping of str to int
        Records by dataset, as they were read.
    used : dict of str to list of polars.Series
        Numbers of the records taken or accounted for so far, by domain.
    """

    frames: dict[str, pl.DataFrame]
    files: dict[str, str]
    findings: list[Finding]
    own: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    used: dict[str, list[pl.Series]] = field(default_factory=dict)

    def warn(self, dataset: str, problem: str, remedy: str, column: str | None = None) -> None:
        """Keep a warning about a domain."""
        file = self.files.get(dataset, dataset)
        self.findings.append(finding(file, problem, remedy, column=column, severity="warning"))

    def take(self, dataset: str, frame: pl.DataFrame) -> None:
        """Note that the records of `frame` are used, or accounted for."""
        self.used.setdefault(dataset, []).append(frame[AT])

    def give_up(self) -> None:
        """Let go of variables that no study table is made of, once qualifiers have found their records by them."""
        for name, frame in self.frames.items():
            if name != "TS":
                self.frames[name] = frame.drop(
                    "STUDYID", "DOMAIN", "USUBJID", f"{name}SEQ", f"{name}TEST", strict=False
                )

    def leave_out(self, dataset: str, gone: pl.Series, problem: str, remedy: str, column: str | None = None) -> None:
        """Take the records marked in `gone` out of a domain, with a warning that counts them."""
        if gone.any():
            frame = self.frames[dataset]
            self.take(dataset, frame.filter(gone))
            self.frames[dataset] = frame.filter(~gone)
            self.warn(dataset, f"{int(gone.sum())} of {frame.height} records {problem}", remedy, column)


def as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a variable as text without blanks around; null when it is missing, no point in whole numbers."""
    if name not in frame.columns:
        return pl.when(pl.col(ROW).is_null()).then(pl.lit(""))  # as long as the dataset, unlike a literal
    if frame.schema[name].is_numeric():
        return pl.col(name).cast(pl.String).str.strip_suffix(".0")
    return pl.col(name).cast(pl.String).str.strip_chars().replace("", None)


def text_column(frame: pl.DataFrame, name: str, called: str) -> pl.Series:
    """Return a variable as a column of text called `called`; nulls when the dataset lacks it."""
    return frame.with_columns(as_text(frame, name).alias(called))[called]


def upper(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a variable as text in capitals, empty where it is missing."""
    return as_text(frame, name).str.to_uppercase().fill_null("")


def gather(datasets: Iterable[SourceDataset]) -> tuple[Source, list[tuple[str, str, pl.DataFrame]]]:
    """Return the datasets by domain with their subjects, and the supplemental qualifiers apart.

    Parameters
    ----------
    datasets : iterable of SourceDataset
        As read from the files.

    Returns
    -------
    Source
        The domains.
    list of (str, str, polars.DataFrame)
        Name, file and records of every dataset of supplemental qualifiers.
    """
    findings: list[Finding] = []
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    parts: dict[str, list[tuple[str, pl.DataFrame]]] = {}
    supplements = []
    for dataset in datasets:
        findings.extend(dataset.findings)
        if dataset.frame is None:
            continue
        counts[dataset.name] = dataset.frame.height
        if dataset.name in names:
            problem = f"the dataset {dataset.name} also stands in {names[dataset.name]}"
            findings.append(finding(dataset.file, problem, "Keep one of the two files"))
            continue
        names[dataset.name] = dataset.file
        frame = dataset.frame.with_row_index(ROW, offset=1)
        if dataset.name.startswith("SUPP") or {"RDOMAIN", "QNAM"} <= set(frame.columns):
            supplements.append((dataset.name, dataset.file, frame))
        else:
            parts.setdefault(domain_of(dataset.name, frame), []).append((dataset.file, frame))
    frames = {domain: _together(those) for domain, those in parts.items()}
    files = {domain: those[0][0] for domain, those in parts.items()}
    summary = frames.get("TS")
    own = summary is not None and "TSPARMCD" in summary.columns and "RGTABLES" in summary["TSPARMCD"].to_list()
    source = Source(frames, files, findings, own, counts)
    _name_subjects(source)
    return source, supplements


def domain_of(name: str, frame: pl.DataFrame) -> str:
    """Return the domain of a dataset: what DOMAIN says, else the first two letters of its name where they are one.

    A domain may be split into datasets such as QSED and QSPH, whose DOMAIN is QS (SDTMIG, section on split datasets).
    """
    if name in _OF_NO_DOMAIN:
        return name
    if "DOMAIN" in frame.columns and frame.height:
        said = frame.select(as_text(frame, "DOMAIN").str.to_uppercase()).to_series().drop_nulls().unique()
        if len(said) == 1 and 2 <= len(str(said[0])) <= 4:
            return str(said[0])
    first = name[:2]
    split = len(name) > 2 and first in DOMAINS and any(variable.startswith(first) for variable in frame.columns)
    return first if split else name


def _together(parts: list[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Return the records of a split domain in one frame, each with its file."""
    if len(parts) == 1:
        return parts[0][1].with_row_index(AT)
    kinds: dict[str, set[bool]] = {}
    for _, frame in parts:
        for name, dtype in frame.schema.items():
            kinds.setdefault(name, set()).add(dtype.is_numeric())
    mixed = {name for name, found in kinds.items() if len(found) > 1}
    same = [
        frame.with_columns(
            pl.lit(file).alias(FILE), *(as_text(frame, name).alias(name) for name in mixed if name in frame.columns)
        )
        for file, frame in parts
    ]
    return pl.concat(same, how="diagonal_relaxed").with_row_index(AT)


def _name_subjects(source: Source) -> None:
    subjects = _subject_names(source.frames.get("DM"))
    for name, frame in list(source.frames.items()):
        if name == "TS":
            continue
        if "USUBJID" not in frame.columns:
            design = "describes the trial or its devices and not its people"
            problem = design if name in _DESIGN else "has no USUBJID"
            source.warn(
                name, f"the dataset {name} {problem}, and is not used ({frame.height} records)", "Nothing to do"
            )
            del source.frames[name]
            continue
        identity = as_text(frame, "USUBJID")
        source.frames[name] = frame.with_columns(identity.replace(subjects).alias(SUBJECT), identity.alias("USUBJID"))


def _subject_names(demographics: pl.DataFrame | None) -> dict[str, str]:
    """Return the subject's name by USUBJID: SUBJID, unless two subjects share one."""
    if demographics is None or not {"USUBJID", "SUBJID"} <= set(demographics.columns):
        return {}
    both = [as_text(demographics, "USUBJID").alias("USUBJID"), as_text(demographics, "SUBJID").alias("SUBJID")]
    pairs = demographics.select(both).drop_nulls().unique()
    if pairs["SUBJID"].is_duplicated().any() or pairs["USUBJID"].is_duplicated().any():
        return {}
    return {str(identity): str(name) for identity, name in pairs.iter_rows()}
