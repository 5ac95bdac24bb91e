"""Published shares that rest on fewer or more people than the protocol has: predicted with the noise of their n."""

from collections.abc import Sequence

import polars as pl

from regraft.prediction.scoring import at_own_size
from regraft.replication.matches import Match
from regraft.replication.statistics import Form

_PERCENT = "%"
_ALIKE = 0.1  # who is counted in a simulated subgroup or arm varies as much from trial to trial
_FREE = {Form.FREE_AT, Form.FREE_SHARE}


def own_sizes(matches: Sequence[Match], patients: int) -> dict[str, int]:
    """Return the n of every share whose row gives another one than the protocol's; the smallest where rows differ.

    A row about a subgroup or an arm has the n of its part: it is compared with the people counted there, by
    `at_own_sizes`.
    """
    found: dict[str, int] = {}
    for match in matches:
        n = match.row.n
        if match.rule.unit == _PERCENT and not match.rule.input and n is not None and n != patients:
            found[match.statistic.key] = min(n, found.get(match.statistic.key, n))
    return found


def at_own_sizes(
    statistics: pl.DataFrame, matches: Sequence[Match], patients: int, seed: int, name: str
) -> pl.DataFrame:
    """Return the statistics of replicate trials with shares brought to the noise of the n of their own rows."""
    wanted = own_sizes(matches, patients)
    forms = {match.statistic.key: match.statistic.form for match in matches}
    parts = []
    for (key,), part in statistics.group_by("key", maintain_order=True):
        known = part.filter(pl.col("value").is_not_null())
        n = wanted.get(str(key))
        if n is None or len(known) == 0:
            parts.append(part)
            continue
        counted = max(1, round(float(known["n"].fill_null(patients).to_numpy().mean())))
        if abs(counted - n) <= max(1.0, _ALIKE * counted):
            parts.append(part)
            continue
        values = at_own_size(known["value"].to_numpy(), counted, n, seed, f"{name}/{key}")
        share = 100.0 - values if forms[str(key)] in _FREE else values
        parts.append(
            known.with_columns(
                pl.Series("value", values),
                pl.Series("n", [float(n)] * len(known)),
                pl.Series("events", (share * n / 100.0).round()),
            )
        )
    return pl.concat(parts)
