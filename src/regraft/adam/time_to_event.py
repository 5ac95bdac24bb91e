"""ADTTE: every endpoint of every subject as a time to event, with the record that made it.

Nothing is left out: who is unknown, and for whom an endpoint is not defined, have a record without a time that says
why (CNSR missing). CNSR is 0 for the event, 1 for a censored time, 2 for a competing death.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from regraft.adam.sources import records_of
from regraft.adam.variables import variables
from regraft.endpoints.derive import Derived
from regraft.endpoints.endpoint import Group
from regraft.study.exchange.dataset import Dataset
from regraft.study.tables import Study

_NAMES = (
    "STUDYID", "USUBJID", "TRT01P", "PARAMCD", "PARAM", "PARCAT1", "ENDPNT", "STARTDT", "ADT", "AVAL", "AVALU", "CNSR",
    "STATUS", "SRCDOM", "SRCVAR", "SRCSEQ", "TRIALNUM",
)  # fmt: skip
_CENSORED = {"event": 0.0, "censored": 1.0, "competing": 2.0}
_LONGEST_CODE = 8
_PIECE = 200  # bytes of text that a transport file holds in one variable


def time_to_event(study: Study, derived: Derived, subjects: pl.DataFrame, datasets: Sequence[Dataset]) -> Dataset:
    """Return ADTTE.

    Parameters
    ----------
    study : Study
        The study.
    derived : Derived
        Its endpoints.
    subjects : polars.DataFrame
        The records of ADSL.
    datasets : sequence of Dataset
        The SDTM export of the study, to whose records events are traced.
    """
    endpoints = derived.catalogue.endpoints
    apart = derived.not_at_risk.select(
        "subject_id",
        "endpoint",
        status=pl.lit("not at risk"),
        time_days=pl.lit(None, dtype=pl.Float64),
        event_date=pl.lit(None, dtype=pl.Date),
        detail=pl.col("reason"),
    )
    rows = pl.concat([derived.events.select(apart.columns), apart])
    order = pl.DataFrame({"endpoint": list(endpoints), "number": range(len(endpoints))})
    codes = parameter_codes(endpoints)
    groups = {name: endpoint.group for name, endpoint in endpoints.items()}
    frame = (
        rows.join(order, on="endpoint")
        .join(
            subjects.select("STUDYID", "USUBJID", "SUBJID", "TRT01P", "ZERODT", "TRIALNUM"),
            left_on="subject_id",
            right_on="SUBJID",
        )
        .with_columns(day=pl.col("ZERODT") + pl.duration(days=pl.col("time_days").round(0)))
        .sort("number", "USUBJID")
    )
    traced = pl.concat([_traced(part, groups[str(name)], datasets) for (name,), part in frame.group_by("endpoint")])
    columns = {
        "PARAMCD": pl.col("endpoint").replace_strict(codes, return_dtype=pl.String),
        "PARAM": pl.col("endpoint").replace_strict(
            {name: f"{endpoint.label} (days)" for name, endpoint in endpoints.items()}, return_dtype=pl.String
        ),
        "PARCAT1": pl.col("endpoint").replace_strict(
            {name: group.upper() for name, group in groups.items()}, return_dtype=pl.String
        ),
        "ENDPNT": pl.col("endpoint"),
        "STARTDT": pl.col("ZERODT"),
        "ADT": pl.col("day"),
        "AVAL": pl.col("time_days"),
        "AVALU": pl.when(pl.col("time_days").is_not_null()).then(pl.lit("DAYS")),
        "CNSR": pl.col("status").replace_strict(_CENSORED, default=None, return_dtype=pl.Float64),
        "STATUS": pl.col("status").str.to_uppercase(),
        **_description(traced["detail"]),
    }
    texts = [name for name in columns if name.startswith("EVNTDES")]
    place = _NAMES.index("SRCDOM")
    names = (*_NAMES[:place], *texts, *_NAMES[place:])
    whole = traced.sort("number", "USUBJID").select(**{name: columns.get(name, pl.col(name)) for name in names})
    return Dataset(
        name="ADTTE",
        label=f"{'SIMULATED ' if study.about.simulated else ''}Time-to-Event Analysis",
        variables=variables(names, ("STUDYID", "USUBJID", "PARAMCD")),
        frame=whole,
    )


def _description(detail: pl.Series) -> dict[str, pl.Expr]:
    """Return what made an event or why the status is what it is, in pieces that a transport file can hold."""
    longest = detail.str.len_bytes().max()
    pieces = max(1, -(-(longest if isinstance(longest, int) else 0) // _PIECE))
    texts = [pl.col("detail").str.slice(number * _PIECE, _PIECE) for number in range(pieces)]
    return {
        f"EVNTDES{number or 'C'}": pl.when(text != "").then(text.str.strip_chars_end(" "))
        for number, text in enumerate(texts)
    }


def _traced(rows: pl.DataFrame, group: Group, datasets: Sequence[Dataset]) -> pl.DataFrame:
    """Add the record that made each event."""
    found = records_of(datasets, group).drop("order")
    joined = rows.join(found, on=["USUBJID", "day"], how="left", maintain_order="left")
    happened = pl.col("status").is_in(["event", "competing"])
    return joined.with_columns(pl.when(happened).then(pl.col(name)) for name in ("SRCDOM", "SRCVAR", "SRCSEQ"))


def parameter_codes(names: Iterable[str]) -> Mapping[str, str]:
    """Return a code of at most 8 letters and digits for every endpoint: first letters and all digits of its words.

    Examples
    --------
    >>> dict(parameter_codes(["edss_worsening_24w", "neda3_failure", "improvement_24w_cerebellar"]))
    {'edss_worsening_24w': 'EW24', 'neda3_failure': 'N3F', 'improvement_24w_cerebellar': 'I24C'}
    >>> list(parameter_codes(["improvement_24w_cerebellar", "improvement_24w_cerebral"]).values())
    ['I24C', 'I24C2']
    """
    codes: dict[str, str] = {}
    for name in names:
        words = name.upper().split("_")
        whole = "".join(("" if word[0].isdigit() else word[0]) + re.sub(r"\D", "", word) for word in words)
        code, number = whole[:_LONGEST_CODE], 2
        while code in codes.values():
            code, number = whole[: _LONGEST_CODE - len(str(number))] + str(number), number + 1
        codes[name] = code
    return codes
