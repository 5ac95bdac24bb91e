"""SDTM datasets brought together: subjects named as in DM, supplemental qualifiers beside records, use counted."""

from dataclasses import dataclass, field
from typing import final

import polars as pl

from regraft.core.errors import Finding
from regraft.study.cells import ROW
from regraft.study.exchange.dataset import SourceDataset
from regraft.study.findings import finding

SUBJECT = "subject_id"
_NEEDED = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
_VALUE = "__value"


@final
@dataclass(frozen=True, slots=True)
class Source:
    """The datasets of a folder.

    Parameters
    ----------
    frames : dict of str to polars.DataFrame
        Records by dataset, with their row numbers, the subject's name, and qualifiers as ``SUPP:QNAM``.
    files : dict of str to str
        File of each dataset.
    findings : list of Finding
        Problems met.
    used : dict of str to list of polars.Series
        Row numbers taken so far, by dataset.
    """

    frames: dict[str, pl.DataFrame]
    files: dict[str, str]
    findings: list[Finding]
    used: dict[str, list[pl.Series]] = field(default_factory=dict)

    def warn(self, dataset: str, problem: str, remedy: str, column: str | None = None) -> None:
        """Keep a warning about a dataset."""
        file = self.files.get(dataset, dataset)
        self.findings.append(finding(file, problem, remedy, column=column, severity="warning"))

    def take(self, dataset: str, frame: pl.DataFrame) -> None:
        """Note that the records of `frame` are used."""
        self.used.setdefault(dataset, []).append(frame[ROW])


def as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a variable as text, whole numbers without a decimal point; null when the dataset lacks it."""
    if name not in frame.columns:
        return pl.when(pl.col(ROW).is_null()).then(pl.lit(""))  # as long as the dataset, unlike a literal
    text = pl.col(name).cast(pl.String)
    return text.str.strip_suffix(".0") if frame.schema[name].is_numeric() else text


def text_column(frame: pl.DataFrame, name: str, called: str) -> pl.Series:
    """Return a variable as a column of text called `called`; nulls when the dataset lacks it."""
    return frame.with_columns(as_text(frame, name).alias(called))[called]


def gather(datasets: tuple[SourceDataset, ...]) -> Source:
    """Return the datasets with their subjects and qualifiers.

    Parameters
    ----------
    datasets : tuple of SourceDataset
        As read from the files.
    """
    source = Source({}, {}, [])
    for dataset in datasets:
        source.findings.extend(dataset.findings)
        if dataset.frame is None:
            continue
        if dataset.name in source.frames:
            problem = f"the dataset {dataset.name} also stands in {source.files[dataset.name]}"
            source.findings.append(finding(dataset.file, problem, "Keep one of the two files"))
            continue
        source.frames[dataset.name] = dataset.frame.with_row_index(ROW, offset=1)
        source.files[dataset.name] = dataset.file
    subjects = _subject_names(source.frames.get("DM"))
    for name, frame in list(source.frames.items()):
        if name == "TS" or name.startswith("SUPP"):
            continue
        if "USUBJID" not in frame.columns:
            source.warn(name, "the dataset has no USUBJID and is not used", "Add USUBJID to use it")
            del source.frames[name]
            continue
        identity = as_text(frame, "USUBJID")
        source.frames[name] = frame.with_columns(identity.replace(subjects).alias(SUBJECT), identity.alias("USUBJID"))
    for name in [name for name in source.frames if name.startswith("SUPP")]:
        _attach(source, name)
    return source


def _subject_names(demographics: pl.DataFrame | None) -> dict[str, str]:
    """Return the subject's name by USUBJID: SUBJID, unless two subjects share one."""
    if demographics is None or not {"USUBJID", "SUBJID"} <= set(demographics.columns):
        return {}
    both = [as_text(demographics, "USUBJID").alias("USUBJID"), as_text(demographics, "SUBJID").alias("SUBJID")]
    pairs = demographics.select(both).drop_nulls().unique()
    if pairs["SUBJID"].is_duplicated().any() or pairs["USUBJID"].is_duplicated().any():
        return {}
    return {str(identity): str(name) for identity, name in pairs.iter_rows()}


def _attach(source: Source, name: str) -> None:
    """Put supplemental qualifiers beside the records they belong to; those that fit none are reported."""
    supplement = source.frames.pop(name)
    missing = [column for column in _NEEDED if column not in supplement.columns]
    if missing:
        problem = f"the dataset lacks {', '.join(missing)} and cannot be used"
        source.findings.append(finding(source.files[name], problem, "Export it again"))
        return
    rows = supplement.select(as_text(supplement, column).alias(column) for column in _NEEDED)
    rows = rows.with_columns(pl.col("IDVAR").fill_null(""))
    lost = 0
    for (domain, variable, qualifier), part in rows.group_by("RDOMAIN", "IDVAR", "QNAM", maintain_order=True):
        lost += part.height - _attach_one(source, str(domain), str(variable), f"SUPP:{qualifier}", part)
    if lost:
        problem = f"{lost} supplemental qualifiers belong to no record, or to one that has a value already"
        source.warn(name, problem, "Check IDVAR and IDVARVAL")


def _attach_one(source: Source, domain: str, variable: str, column: str, part: pl.DataFrame) -> int:
    """Attach the values of one qualifier; return how many found their record."""
    frame = source.frames.get(domain)
    if frame is None or column in frame.columns or (variable and variable not in frame.columns):
        return 0
    on = ["USUBJID", _VALUE] if variable else ["USUBJID"]
    values = part.select("USUBJID", pl.col("IDVARVAL").alias(_VALUE), pl.col("QVAL").alias(column))
    values = values.unique(on, keep="first", maintain_order=True).select(*on, column)
    keyed = frame.with_columns(as_text(frame, variable).alias(_VALUE)) if variable else frame
    joined = keyed.join(values, on=on, how="left", maintain_order="left")
    source.frames[domain] = joined.drop(_VALUE, strict=False)
    return values.join(keyed, on=on, how="semi").height
