"""A dataset as SDTM knows it: named variables with labels, and records; what XPT, Dataset-JSON and Define-XML share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import final

import polars as pl

from regraft.core.errors import Finding


class VariableKind(StrEnum):
    """What a variable holds. Dates are text in ISO 8601, as SDTM asks, or numbers with a date format, as ADaM asks."""

    TEXT = "text"
    DATE = "date"
    DAY = "day"  # a date of the frame; a number with a format in SAS files
    INTEGER = "integer"
    FLOAT = "float"

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self in {VariableKind.INTEGER, VariableKind.FLOAT}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable.

    Parameters
    ----------
    name : str
        At most 8 characters, as SDTM and XPT version 5 ask.
    label : str
        At most 40 characters.
    kind : VariableKind
        What it holds.
    key : int, optional
        Place in the key of the dataset, from 1.
    codes : tuple of (str, str)
        Every value the variable can take, with its meaning; empty when it is free.
    """

    name: str
    label: str
    kind: VariableKind
    key: int | None = None
    codes: tuple[tuple[str, str], ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One dataset.

    Parameters
    ----------
    name : str
        At most 8 characters, such as DM or SUPPDM.
    label : str
        At most 40 characters.
    variables : tuple of Variable
        The variables in their order.
    frame : polars.DataFrame
        The records: text as String, numbers as Float64, days as Date, with the variables' names.
    """

    name: str
    label: str
    variables: tuple[Variable, ...]
    frame: pl.DataFrame


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The standard that the datasets of a folder follow, as Define-XML names it.

    Parameters
    ----------
    name, version : str
        Implementation guide and its version.
    purpose : str
        ``Tabulation`` or ``Analysis``.
    classes : mapping of str to str
        Class of each dataset.
    """

    name: str
    version: str
    purpose: str
    classes: Mapping[str, str]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyHeader:
    """What the files of one study say about it.

    Parameters
    ----------
    study_id : str
        STUDYID of every record.
    title : str
        Title of the study; begins with SIMULATED when it is.
    protocol : str
        Name of the protocol, or the title again.
    created : datetime
        Moment written into the files; given by the caller so that the same study gives the same bytes.
    version : str
        Version of regraft that wrote the study.
    """

    study_id: str
    title: str
    protocol: str
    created: datetime
    version: str


@final
@dataclass(frozen=True, slots=True)
class SourceDataset:
    """A dataset read from a file: its name and records (None when it could not be read), and the problems met."""

    file: str
    name: str
    frame: pl.DataFrame | None
    findings: tuple[Finding, ...]
