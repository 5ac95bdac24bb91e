"""Every statistic of regraft: arrays in, a frozen result out, with ``.to_frame()`` and ``.to_json()``.

Nothing here loads the simulator. Each equals R where R has it (see the module each comes from for its papers). Curves
can also be asked of a derived study: ``rg.stats.kaplan_meier(ends, "relapse", by="arm")``.

Examples
--------
>>> import regraft as rg
>>> found = rg.stats.kaplan_meier(rg.derive(rg.example("registry-sample")), "edss_worsening_24w")
>>> found["all"].at(730)[0] < 1.0
True
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final, overload

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from regraft.analysis import survival
from regraft.analysis.binomial import exact_interval
from regraft.analysis.binomial_normal import PooledProportion, pool_proportions
from regraft.analysis.cohort_comparison import CohortComparison, compare_cohorts
from regraft.analysis.competing_risks import CumulativeIncidence, cumulative_incidence
from regraft.analysis.counts import exact_rate_interval
from regraft.analysis.cox import Cox, Structure, Ties, cox
from regraft.analysis.e_value import EValue, Ratio, e_value
from regraft.analysis.effects import Effects, Scale, from_counts, from_interval
from regraft.analysis.evidence_entries import Question
from regraft.analysis.evidence_pool import EvidencePool, pool_evidence
from regraft.analysis.fine_gray import FineGray, fine_gray
from regraft.analysis.firth import Firth, firth
from regraft.analysis.gray import GrayTest, gray_test
from regraft.analysis.interval_censored import IntervalCensored, interval_censored
from regraft.analysis.interval_censored_limits import FreeShare, free_share
from regraft.analysis.log_rank import LogRank, OneSampleLogRank, log_rank, one_sample_log_rank
from regraft.analysis.meta_analysis import Heterogeneity, Inference, Pooled, pool
from regraft.analysis.milestone import MilestoneTest, milestone_difference, milestone_log_log
from regraft.analysis.multi_state import StateOccupation, Stays, state_occupation
from regraft.analysis.negative_binomial import NegativeBinomial, negative_binomial
from regraft.analysis.overlap_weights import OverlapWeights, WeightedDifference, overlap_weights, weighted_difference
from regraft.analysis.reference_based import ReferenceBased, Strategy, reference_based
from regraft.analysis.repeated import Likelihood, Repeated, repeated_measures, visit_design
from regraft.analysis.result import Result
from regraft.analysis.rmst import RestrictedMean, RestrictedMeanDifference, restricted_mean, restricted_mean_difference
from regraft.analysis.summary import StudySummary, summarise
from regraft.analysis.survival import Interval, KaplanMeier
from regraft.analysis.tipping_point import TippingPoint, tipping_grid, tipping_point
from regraft.analysis.weighted_log_rank import (
    GRhoGamma,
    MaxCombo,
    Modest,
    WeightedTests,
    max_combo,
    weighted_log_rank,
)
from regraft.analysis.win_ratio import Measured, Timed, Wins, WinStatistic, win_statistics
from regraft.api.study import Endpoints
from regraft.core.errors import InputError, nearest
from regraft.core.notebook import notebook_html
from regraft.study.schema import BY_NAME

__all__ = (
    "CohortComparison",
    "Cox",
    "CumulativeIncidence",
    "Curves",
    "EValue",
    "Effects",
    "EvidencePool",
    "FineGray",
    "Firth",
    "FreeShare",
    "GRhoGamma",
    "GrayTest",
    "Heterogeneity",
    "Inference",
    "Interval",
    "IntervalCensored",
    "KaplanMeier",
    "Likelihood",
    "LogRank",
    "MaxCombo",
    "Measured",
    "MilestoneTest",
    "Modest",
    "NegativeBinomial",
    "OneSampleLogRank",
    "OverlapWeights",
    "Pooled",
    "PooledProportion",
    "Proportion",
    "Question",
    "Rate",
    "Ratio",
    "ReferenceBased",
    "Repeated",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "Scale",
    "StateOccupation",
    "Stays",
    "Strategy",
    "Structure",
    "StudySummary",
    "Ties",
    "Timed",
    "TippingPoint",
    "WeightedDifference",
    "WeightedTests",
    "WinStatistic",
    "Wins",
    "binomial",
    "compare_cohorts",
    "cox",
    "cumulative_incidence",
    "e_value",
    "fine_gray",
    "firth",
    "free_share",
    "from_counts",
    "from_interval",
    "gray_test",
    "interval_censored",
    "kaplan_meier",
    "log_rank",
    "max_combo",
    "milestone_difference",
    "milestone_log_log",
    "negative_binomial",
    "one_sample_log_rank",
    "overlap_weights",
    "poisson_rate",
    "pool",
    "pool_evidence",
    "pool_proportions",
    "reference_based",
    "repeated_measures",
    "restricted_mean",
    "restricted_mean_difference",
    "state_occupation",
    "summarise",
    "tipping_grid",
    "tipping_point",
    "visit_design",
    "weighted_difference",
    "weighted_log_rank",
    "win_statistics",
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion(Result):
    """A proportion with its exact (Clopper-Pearson) interval.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.binomial(1, 24)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0011, 0.2112)
    """

    events: int
    total: int
    estimate: float
    low: float
    high: float
    level: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Result):
    """A rate per unit of exposure with its exact Poisson (Garwood) interval, too narrow if subjects differ.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.poisson_rate(3, 120.0)
    >>> found.estimate, round(found.low, 4), round(found.high, 4)
    (0.025, 0.0052, 0.0731)
    """

    events: float
    exposure: float
    estimate: float
    low: float
    high: float
    level: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class Curves(Mapping[str, KaplanMeier]):
    """One Kaplan-Meier curve per group, in days from day zero; a mapping from group to curve.

    Parameters
    ----------
    endpoint, label : str
        Name of the endpoint, and its label.
    curves : mapping of str to KaplanMeier
        Curves by group; one called ``all`` without groups.
    unknown : mapping of str to int
        People of each group with unknown outcome, left out.
    simulated : bool
        Whether the study is simulated.

    Examples
    --------
    >>> import regraft as rg
    >>> curves = rg.stats.kaplan_meier(rg.derive(rg.example("registry-sample")), "edss_worsening_24w")
    >>> list(curves), curves.label, curves.simulated
    (['all'], 'EDSS worsening confirmed at 24 weeks', False)
    """

    endpoint: str
    label: str
    curves: Mapping[str, KaplanMeier]
    unknown: Mapping[str, int]
    simulated: bool

    def __getitem__(self, group: str) -> KaplanMeier:
        if group not in self.curves:
            raise InputError(f"{group!r}: no group of this name. {nearest(group, self.curves)}")
        return self.curves[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self.curves)

    def __len__(self) -> int:
        return len(self.curves)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per group and time."""
        return pl.concat(
            [
                curve.to_frame().insert_column(0, pl.Series("group", [name] * curve.time.size, dtype=pl.String))
                for name, curve in self.curves.items()
            ]
        )

    def _repr_html_(self) -> str:
        left_out = ", ".join(f"{count} of {name}" for name, count in self.unknown.items() if count)
        notes = (f"Left out, because the outcome is unknown: {left_out}.",) if left_out else ()
        return notebook_html(self.label, self.to_frame(), simulated=self.simulated, notes=notes)


def binomial(events: int, total: int, *, level: float = 0.95) -> Proportion:
    """Return a proportion with its exact interval.

    Raises
    ------
    InputError
        Counts that cannot be.

    Examples
    --------
    >>> found = binomial(0, 23)
    >>> found.estimate, round(found.high, 4)
    (0.0, 0.1482)
    """
    if not 0 <= events <= total or total == 0:
        raise InputError(f"{events} events of {total}: cannot be. Give events, and all subjects, at least one.")
    low, high = exact_interval(events, total, level)
    return Proportion(events=events, total=total, estimate=events / total, low=low, high=high, level=level)


def poisson_rate(events: float, exposure: float, *, level: float = 0.95) -> Rate:
    """Return a rate with its exact interval.

    Raises
    ------
    InputError
        Events below zero, or no exposure.

    Examples
    --------
    >>> found = poisson_rate(0, 154.0)
    >>> found.estimate, round(found.high, 4)
    (0.0, 0.024)
    """
    if events < 0 or not 0 < exposure < np.inf:
        raise InputError(f"{events:g} events in {exposure:g}: cannot be. Give a count, and time at risk above zero.")
    low, high = exact_rate_interval(events, exposure, level)
    return Rate(events=events, exposure=exposure, estimate=events / exposure, low=low, high=high, level=level)


@overload
def kaplan_meier(time: Endpoints, event: str, *, by: str | None = ..., level: float = ...) -> Curves: ...
@overload
def kaplan_meier(time: ArrayLike, event: ArrayLike, *, interval: Interval = ..., level: float = ...) -> KaplanMeier: ...
def kaplan_meier(
    time: Any,
    event: Any,
    *,
    by: str | None = None,
    interval: Interval = Interval.LOG_LOG,
    level: float = 0.95,
) -> KaplanMeier | Curves:
    """Estimate the proportion without the event over time, from arrays or from a derived study.

    Parameters
    ----------
    time : array-like, shape (n,), or Endpoints
        Time to the event or to censoring; or what `regraft.derive` gives.
    event : array-like of bool, shape (n,), or str
        Whether the event happened; or the name of an endpoint.
    by : str, optional
        A column of the subjects, such as ``arm`` or ``sex``: one curve for each of its values.
    interval : Interval
        Scale on which the interval is symmetric.
    level : float
        Coverage of the interval.

    Returns
    -------
    KaplanMeier, or Curves of a derived study
        With competing deaths censored and people with unknown outcome left out and counted.

    Raises
    ------
    InputError
        No such endpoint or column; the nearest name is offered.

    Examples
    --------
    >>> [round(value, 3) for value in kaplan_meier([1.0] * 7 + [5.0] * 16, [True] * 7 + [False] * 16).at(3.0)]
    [0.696, 0.466, 0.842]
    """
    if not isinstance(time, Endpoints):
        return survival.kaplan_meier(time, event, interval=interval, level=level)
    return _curves(time, str(event), by, interval, level)


def _curves(ends: Endpoints, endpoint: str, by: str | None, interval: Interval, level: float) -> Curves:
    rows = ends.endpoint(endpoint).join(ends.study.table("subjects"), on="subject_id", how="left")
    columns = [column.name for column in BY_NAME["subjects"].columns]
    if by is not None and by not in columns:
        raise InputError(f"by {by!r}: no column of the subjects. {nearest(by, columns)}")
    group = pl.lit("all") if by is None else pl.col(by).cast(pl.String).fill_null("not recorded")
    curves, unknown = {}, {}
    for (name,), frame in sorted(rows.with_columns(_group=group).partition_by("_group", as_dict=True).items()):
        known = frame.filter(pl.col("status") != "unknown")
        happened = (known["status"] == "event").to_numpy()
        curves[str(name)] = survival.kaplan_meier(known["time_days"], happened, interval=interval, level=level)
        unknown[str(name)] = frame.height - known.height
    label = ends.derived.catalogue.label(endpoint)
    return Curves(endpoint, label, curves, unknown, ends.study.about.simulated)
