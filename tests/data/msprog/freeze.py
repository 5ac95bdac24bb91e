"""Rows of pymsprog and msprog as one small fixture: job and answer files in, runs.parquet and rows.parquet out.

``python freeze.py JOB.json ANSWER.json [JOB.json ANSWER.json ...]``; SOURCE.md says how the answers were made. A
setting at which the package itself fails with an error has no rows and is left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).parent
WINDOWS = 3
KINDS = {("CDI", ""): 1, ("CDW", ""): 2, ("CDW", "undefined"): 2, ("CDW", "RAW"): 3, ("CDW", "PIRA"): 4}
DAYS = ("total_fu", "time2event", "bl2event", "date", "bl_date", "last_delta_date", "sust_days")
VALUES = ("value", "bl_value")


def _row(run: int, answer: dict[str, Any], windows: list[int]) -> dict[str, Any]:
    kind = answer["event_type"] or ""
    row: dict[str, Any] = {"run": run, "id": answer["id"], "nevent": answer["nevent"]}
    row["kind"] = KINDS[kind, answer.get("CDW_type") or ""] if kind else 0
    for name in DAYS:
        row[name] = answer.get(name) if kind or name in {"total_fu", "time2event"} else None
    for name in VALUES:
        row[name] = answer.get(name) if kind else None
    for k in range(WINDOWS):
        for prefix in ("conf", "PIRA_conf"):
            given = answer.get(f"{prefix}{windows[k]}_date") if k < len(windows) else None
            row[f"{prefix}{k}"] = given if kind else None
    return row


def main(paths: list[str]) -> None:
    """Write the two tables of the fixture."""
    runs, rows = [], []
    for job_path, answer_path in zip(paths[::2], paths[1::2], strict=True):
        job, answers = (json.loads(Path(path).read_text(encoding="utf-8")) for path in (job_path, answer_path))
        for asked, answer in zip(job["runs"], answers, strict=True):
            if "error" in answer:
                continue
            days = asked["settings"].get("conf_days", 84)
            windows = days if isinstance(days, list) else [days]
            named = [dict(zip(answer["columns"], row, strict=True)) for row in answer["data"]]
            rows += [_row(len(runs), row, windows) for row in named]
            runs.append({"cohort": asked["cohort"], "settings": json.dumps(asked["settings"], sort_keys=True)})
    whole = [*DAYS, *(f"{prefix}{k}" for prefix in ("conf", "PIRA_conf") for k in range(WINDOWS))]
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("run").cast(pl.UInt16),
        pl.col("nevent", "kind").cast(pl.Int8),
        pl.col(whole).cast(pl.Int32),
        pl.col(VALUES).cast(pl.Float32),
        pl.col("id").cast(pl.Categorical),
    )
    pl.DataFrame(runs).write_parquet(HERE / "runs.parquet", compression="zstd", compression_level=19)
    frame.write_parquet(HERE / "rows.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    main(sys.argv[1:])
