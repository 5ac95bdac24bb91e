"""The targets as simulated trials show them: read by the rules that `regraft predict` reads published rows by."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from regraft.calibration.targets import Target
from regraft.core.errors import InputError
from regraft.core.jobs import Threads
from regraft.replication.matches import Match, match_rows, name_of
from regraft.replication.replicate import measure_replicates, published_trials
from regraft.replication.statistics import Average, Form, TrialStatistic
from regraft.trial.run import TrialPlan


def target_values(plan: TrialPlan, targets: Sequence[Target], points: int, threads: int) -> pl.DataFrame:
    """Simulate one trial per point of the design and read the targets in it.

    Parameters
    ----------
    plan : TrialPlan
        The cohort's trial, with the typical values of every point in ``draws``.
    targets : sequence of Target
        Of one cohort.
    points, threads : int
        Trials to simulate; worker threads.

    Returns
    -------
    polars.DataFrame
        Columns point, key (of the target), value (null where the trial cannot say), n.

    Raises
    ------
    InputError
        A target that the simulated tables cannot show.
    """
    matches, left = match_rows(published_trials(plan.protocol))
    statistics = {target.key: _statistic(target, matches) for target in targets}
    missing = [key for key, statistic in statistics.items() if statistic is None]
    if missing:
        reasons = {f"{row.trial.id}: {name_of(row.row)}": row.reason for row in left}
        raise InputError(f"these targets cannot be read in simulated trials: {missing}. Rows left out: {reasons}")
    wanted = {statistic for statistic in statistics.values() if statistic is not None}
    measured = measure_replicates(plan, tuple(sorted(wanted, key=lambda s: s.key)), points, Threads(threads))
    frames = [
        measured.filter(pl.col("key") == statistic.key).select(
            pl.col("trial_number").alias("point"), pl.lit(key).alias("key"), "value", "n"
        )
        for key, statistic in statistics.items()
        if statistic is not None
    ]
    return pl.concat(frames)


def _statistic(target: Target, matches: Sequence[Match]) -> TrialStatistic | None:
    found = next((match.statistic for match in matches if _is_of(match, target)), None)
    if found is not None and target.is_change:
        return replace(found, form=Form.EDSS_CHANGE_AT, average=Average.MEAN, key=f"change/{found.key}")
    return found


def _is_of(match: Match, target: Target) -> bool:
    row = match.row
    same_row = name_of(row) == target.endpoint and getattr(row, "subgroup", None) == target.subgroup
    at_time = target.time_years is None or getattr(row, "time_years", None) == target.time_years
    return match.trial.id == target.study and same_row and at_time
