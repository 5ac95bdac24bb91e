"""The formats a study can be written in."""

from enum import StrEnum


class Format(StrEnum):
    """A format a study can be written in; every one of them can be read back."""

    CSV = "csv"
    PARQUET = "parquet"
    REDCAP = "redcap"
    XPT = "xpt"
    DATASET_JSON = "dataset-json"
