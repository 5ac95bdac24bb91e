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
    "xpt": ("import pandas", 'pandas.read_sas("adtte.xpt", format="xport", encoding="utf-8").to_dict("records")'),
    "csv": ("", 'list(csv.DictReader(open("adtte.csv", encoding="utf-8", newline="")))'),
    "parquet": ("import polars", 'polars.read_parquet("adtte.parquet").to_dicts()'),
    "json": ("import json", 'records(json.load(open("adtte.json", encoding="utf-8")))'),
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
"""Remake the time-to-event part of regraft's main table from ADTTE, without regraft: {needs}.

Run in this folder: python main-table.py > main-table.csv
"""

import csv
import sys
{imports}
import numpy as np
from scipy.stats import beta, norm


def number(cell):
    """Return a cell as a number; a missing one is NaN."""
    return float("nan") if cell in (None, "") else float(cell)


def records(whole):
    """Return the rows of a Dataset-JSON file by the names of their columns."""
    return [dict(zip([one["name"] for one in whole["columns"]], row)) for row in whole["rows"]]


def exact(events, count):
    """Return the interval of Clopper and Pearson for a share, 95%."""
    low = beta.ppf(0.025, events, count - events + 1) if events else 0.0
    high = beta.ppf(0.975, events + 1, count - events) if events < count else 1.0
    return low, high


def free_at(day, days, event):
    """Return the share free of the event at a day (Kaplan and Meier) with its log-log interval (Greenwood), 95%."""
    free, variance = 1.0, 0.0
    for moment in np.unique(days[event & (days <= day)]):
        at_risk, had = (days >= moment).sum(), (event & (days == moment)).sum()
        free *= 1.0 - had / at_risk
        variance += had / (at_risk * (at_risk - had)) if had < at_risk else float("inf")
    if day > days.max() and free > 0.0:
        return None  # beyond all follow-up
    if free in (0.0, 1.0):
        return free, free, free
    half = norm.ppf(0.975) * np.sqrt(variance) / abs(np.log(free))
    return free, free ** np.exp(half), free ** np.exp(-half)


adtte = {read}
groups = {{}}
for row in adtte:
    arm = row["TRT01P"] if isinstance(row["TRT01P"], str) and row["TRT01P"] else "all"
    groups.setdefault((row["ENDPNT"], arm), []).append((number(row["CNSR"]), number(row["AVAL"])))
table = csv.writer(sys.stdout)
table.writerow(["endpoint", "arm", "statistic", "n", "events", "estimate", "low", "high"])
for (endpoint, arm), rows in groups.items():
    censor, days = np.array(rows).T
    days, event = days[~np.isnan(censor)], np.round(censor[~np.isnan(censor)]) == 0  # unknown: no CNSR
    if not days.size:
        continue
    count, events = days.size, int(event.sum())  # competing deaths are censored
    table.writerow([endpoint, arm, "proportion", count, events, events / count, *exact(events, count)])
    for year in (1, 2, 3, 5, 10):
        day = year * 365.25
        found = free_at(day, days, event)
        if found is None:
            continue
        free, low, high = found
        had, followed = int(event[days <= day].sum()), int((days >= day).sum())
        if had == 0:
            low, high = exact(followed, followed)
        elif free == 0.0:
            low, high = exact(0, had)
        table.writerow([endpoint, arm, f"free_at_{{year}}y", count, had, free, low, high])
'''


def main_table_scripts(suffix: str) -> dict[str, bytes]:
    """Return the two scripts, by file name, for analysis sets in files that end in `suffix`."""
    imports, read = _READ_PYTHON[suffix]
    needs = {"xpt": "numpy, scipy and pandas", "parquet": "numpy, scipy and polars"}.get(suffix, "numpy and scipy")
    return {
        "main-table.R": _R.format(read=_READ_R[suffix]).encode(),
        "main-table.py": _PYTHON.format(imports=imports, read=read, needs=needs).encode(),
    }
