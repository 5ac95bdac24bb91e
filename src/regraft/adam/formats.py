"""The formats in which analysis sets are written."""

from enum import StrEnum


class SetFormat(StrEnum):
    """Formats in which analysis sets are written."""

    XPT = "xpt"
    DATASET_JSON = "dataset-json"
    PARQUET = "parquet"
    CSV = "csv"
