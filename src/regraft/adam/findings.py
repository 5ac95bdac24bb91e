"""Values along the study as ADaM's basic data structure, each traced to the record it was taken from.

The baseline is the last value up to day zero (ADSL.ZERODT). Confirmed worsening and improvement have a stricter one,
not soon after a relapse: it is that of the definitions, and stands in ADTTE's description of each event.
"""

from collections.abc import Sequence

import polars as pl

from regraft.adam.variables import variables
from regraft.study.exchange.dataset import Dataset

_NAMES = (
    "STUDYID", "USUBJID", "TRT01P", "PARAMCD", "PARAM", "ADT", "ADY", "AVAL", "AVALC", "AVALU", "ABLFL", "BASE", "CHG",
    "SRCDOM", "SRCVAR", "SRCSEQ", "TRIALNUM",
)  # fmt: skip
_SETS = (
    ("ADMS", "EDSS, Systems, Walk, Hand, Cognition", ("RS", "FT", "QS")),
    ("ADMRI", "MRI Analysis", ("NV",)),
    ("ADLB", "Laboratory Analysis", ("LB", "VS")),
)


def findings(subjects: pl.DataFrame, datasets: Sequence[Dataset], *, simulated: bool) -> tuple[Dataset, ...]:
    """Return the analysis sets of scales, scans and laboratory values that the study has.

    Parameters
    ----------
    subjects : polars.DataFrame
        The records of ADSL.
    datasets : sequence of Dataset
        The SDTM export of the study.
    simulated : bool
        Whether nobody in it exists; labels say so.
    """
    by_name = {dataset.name: dataset.frame for dataset in datasets}
    made = []
    for name, label, domains in _SETS:
        parts = [_values(domain, by_name[domain]) for domain in domains if domain in by_name]
        if parts:
            frame = _with_baseline(pl.concat(parts), subjects)
            marked = f"SIMULATED {label}"[:40] if simulated else label
            made.append(
                Dataset(
                    name=name,
                    label=marked,
                    variables=variables(_NAMES, ("STUDYID", "USUBJID", "PARAMCD", "ADT", "SRCSEQ")),
                    frame=frame,
                )
            )
    return tuple(made)


def _values(domain: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the results of one domain that were done."""
    unit = pl.col(f"{domain}STRESU")
    return frame.filter(pl.col(f"{domain}STRESC").is_not_null()).select(
        "USUBJID",
        pl.col(f"{domain}TESTCD").alias("PARAMCD"),
        pl.when(unit.is_null())
        .then(pl.col(f"{domain}TEST"))
        .otherwise(pl.format("{} ({})", f"{domain}TEST", unit))
        .alias("PARAM"),
        pl.col(f"{domain}DTC").str.to_date("%Y-%m-%d", strict=False).alias("ADT"),
        pl.col(f"{domain}STRESN").alias("AVAL"),
        pl.col(f"{domain}STRESC").alias("AVALC"),
        unit.alias("AVALU"),
        pl.lit(domain).alias("SRCDOM"),
        pl.lit(f"{domain}STRESN").alias("SRCVAR"),
        pl.col(f"{domain}SEQ").alias("SRCSEQ"),
    )


def _with_baseline(values: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
    of_subject = ("STUDYID", "USUBJID", "TRT01P", "ZERODT", "TRIALNUM")
    key = ["USUBJID", "PARAMCD"]
    frame = values.join(subjects.select(of_subject), on="USUBJID").sort(*key, "ADT", "SRCSEQ", maintain_order=True)
    before = (pl.col("ADT") <= pl.col("ZERODT")) & pl.col("AVAL").is_not_null()
    last = (
        frame.filter(before)
        .group_by(key, maintain_order=True)
        .agg(BASE=pl.col("AVAL").last(), base_domain=pl.col("SRCDOM").last(), base_record=pl.col("SRCSEQ").last())
    )
    is_baseline = (pl.col("SRCDOM") == pl.col("base_domain")) & (pl.col("SRCSEQ") == pl.col("base_record"))
    joined = frame.join(last, on=key, how="left", maintain_order="left")
    return joined.with_columns(
        ADY=(pl.col("ADT") - pl.col("ZERODT")).dt.total_days().cast(pl.Float64),
        ABLFL=pl.when(is_baseline).then(pl.lit("Y")),
        CHG=pl.when(pl.col("ADT") > pl.col("ZERODT")).then(pl.col("AVAL") - pl.col("BASE")),
    ).select(_NAMES)
