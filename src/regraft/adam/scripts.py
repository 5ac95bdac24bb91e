"""The R and the Python that remake the main table from the analysis sets, to start from."""

from collections.abc import Mapping

_READ_R: Mapping[str, str] = {
    "xpt": 'foreign::read.xport("adtte.xpt")',
    "csv": 'read.csv("adtte.csv")',
    "parquet": 'as.data.frame(arrow::read_parquet("adtte.parquet"))',
    "json": (
        '{ whole <- jsonlite::fromJSON("adtte.json"); '
        "values <- lapply(seq_len(ncol(whole$rows)), function(k) type.convert(whole$rows[, k], as.is = TRUE)); "
        "setNames(as.data.frame(values), whole$columns$name) }"
    ),
}
_READ_PYTHON: Mapping[str, tuple[str, str]] = {
    "xpt": ("from pathlib import Path\n", 'read_xpt(Path("adtte.xpt")).frame'),
    "csv": ("import polars as pl\n", 'pl.read_csv("adtte.csv", infer_schema_length=None)'),
    "parquet": ("import polars as pl\n", 'pl.read_parquet("adtte.parquet")'),
    "json": ("from pathlib import Path\n", 'read_dataset_json(Path("adtte.json")).frame'),
}
_R = """\
# Remakes the time-to-event part of regraft's main table from ADTTE, with R's own survival package.
# Run in this folder: Rscript main-table.R > main-table.csv
library(survival)
adtte <- {read}
years <- c(1, 2, 3, 5, 10)
exact <- function(x, n) binom.test(x, n)$conf.int
rows <- list()
keep <- function(...) rows[[length(rows) + 1]] <<- data.frame(...)
adtte$TRT01P <- ifelse(is.na(adtte$TRT01P) | adtte$TRT01P == "", "all", as.character(adtte$TRT01P))
for (endpoint in unique(adtte$ENDPNT)) for (arm in unique(adtte$TRT01P)) {{
  d <- adtte[adtte$ENDPNT == endpoint & adtte$TRT01P == arm & !is.na(adtte$CNSR), ]  # unknown: no CNSR
  if (nrow(d) == 0) next
  event <- d$CNSR == 0                                                             # competing deaths are censored
  ci <- exact(sum(event), nrow(d))
  keep(endpoint, arm, statistic = "proportion", n = nrow(d), events = sum(event), estimate = mean(event),
       low = ci[1], high = ci[2])
  fit <- survfit(Surv(AVAL, event) ~ 1, data = d, conf.type = "log-log")
  for (year in years) {{
    day <- year * 365.25
    if (day > max(d$AVAL) && min(fit$surv) > 0) next                                # beyond all follow-up
    s <- summary(fit, times = day, extend = TRUE)
    had <- sum(event & d$AVAL <= day)
    ci <- c(s$lower, s$upper)
    if (had == 0) ci <- exact(sum(d$AVAL >= day), sum(d$AVAL >= day))
    if (s$surv == 0) ci <- exact(0, had)
    keep(endpoint, arm, statistic = paste0("free_at_", year, "y"), n = nrow(d), events = had, estimate = s$surv,
         low = ci[1], high = ci[2])
  }}
}}
write.csv(do.call(rbind, rows), row.names = FALSE)
"""
_PYTHON = '''\
"""Remake the time-to-event part of regraft's main table from ADTTE. Run in this folder: python main-table.py"""

import csv
import sys
{imports}
import numpy as np
from regraft.analysis.binomial import exact_interval
from regraft.analysis.survival import Interval, kaplan_meier
{reader}
adtte = {read}
table = csv.writer(sys.stdout)
table.writerow(["endpoint", "arm", "statistic", "n", "events", "estimate", "low", "high"])
for (endpoint, arm), rows in adtte.group_by("ENDPNT", "TRT01P", maintain_order=True):
    known = rows.filter(rows["CNSR"].is_not_null())  # unknown: no CNSR
    if known.is_empty():
        continue
    days = known["AVAL"].cast(float).to_numpy()
    event = (known["CNSR"].cast(float) == 0).to_numpy()  # competing deaths are censored
    count, events = event.size, int(event.sum())
    share = (events / count, *exact_interval(events, count))
    table.writerow([endpoint, arm or "all", "proportion", count, events, *share])
    curve = kaplan_meier(days, event, interval=Interval.LOG_LOG)
    for year in (1, 2, 3, 5, 10):
        free, low, high = curve.at(year * 365.25)
        had = int(event[days <= year * 365.25].sum())
        if np.isnan(free):
            continue  # beyond all follow-up
        if had == 0:
            followed = int((days >= year * 365.25).sum())
            low, high = exact_interval(followed, followed)
        elif free == 0.0:
            low, high = exact_interval(0, had)
        table.writerow([endpoint, arm or "all", f"free_at_{{year}}y", count, had, free, low, high])
'''
_READERS = {
    "xpt": "from regraft.study.exchange.xpt import read_xpt\n",
    "json": "from regraft.study.exchange.dataset_json import read_dataset_json\n",
}


def main_table_scripts(suffix: str) -> dict[str, bytes]:
    """Return the two scripts, by file name, for analysis sets in files that end in `suffix`."""
    imports, read = _READ_PYTHON[suffix]
    return {
        "main-table.R": _R.format(read=_READ_R[suffix]).encode(),
        "main-table.py": _PYTHON.format(imports=imports, read=read, reader=_READERS.get(suffix, "")).encode(),
    }
