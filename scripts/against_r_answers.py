"""What regraft says of an awkward data set, under the names the R side uses."""

from collections.abc import Callable
from typing import Any

import numpy as np
from awkward_data import Data

from regraft.analysis.binomial import exact_interval
from regraft.analysis.binomial_normal import pool_proportions
from regraft.analysis.competing_risks import cumulative_incidence
from regraft.analysis.counts import exact_rate_interval
from regraft.analysis.cox import Structure, Ties, cox
from regraft.analysis.effects import Effects, Scale
from regraft.analysis.fine_gray import fine_gray
from regraft.analysis.firth import firth
from regraft.analysis.gray import gray_test
from regraft.analysis.interval_censored import interval_censored
from regraft.analysis.log_rank import log_rank, one_sample_log_rank
from regraft.analysis.meta_analysis import Heterogeneity, Inference, pool
from regraft.analysis.multi_state import Stays, state_occupation
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.overlap_weights import overlap_weights, weighted_difference
from regraft.analysis.repeated import Likelihood, repeated_measures, visit_design
from regraft.analysis.rmst import restricted_mean
from regraft.analysis.survival import Interval, kaplan_meier
from regraft.analysis.tipping_point import tipping_grid

Numbers = dict[str, Any]
TESTS = {"z": Inference.NORMAL, "knha": Inference.HARTUNG_KNAPP, "adhoc": Inference.HARTUNG_KNAPP_FLOORED}


def _names(columns: int) -> tuple[str, ...]:
    return tuple(f"x{j + 1}" for j in range(columns))


def _kaplan_meier(d: Data) -> Numbers:
    curve = kaplan_meier(d["time"], d["event"], interval=Interval.LOG_LOG)
    out = {"time": curve.time, "at_risk": curve.at_risk, "events": curve.events, "survival": curve.survival}
    out |= {"error": curve.standard_error, "median": curve.median()}
    for kind in Interval:
        made = kaplan_meier(d["time"], d["event"], interval=kind)
        out |= {f"low_{kind}": made.low, f"high_{kind}": made.high}
    return out


def _log_rank(d: Data) -> Numbers:
    r = log_rank(d["time"], d["event"], d["group"], strata=d["stratum"], rho=d["rho"])
    out = {"observed": r.observed, "expected": r.expected, "covariance": r.covariance.ravel()}
    return out | {"chi_square": r.chi_square, "degrees": r.degrees}


def _one_sample(d: Data) -> Numbers:
    r = one_sample_log_rank(d["event"], d["hazard"])
    return {"observed": r.observed, "expected": r.expected, "chi_square": r.chi_square, "interval": (r.low, r.high)}


def _restricted_mean(d: Data) -> Numbers:
    parts = [d["group"] == g for g in (0, 1)]
    both = [restricted_mean(d["time"][p], d["event"][p], d["horizon"]) for p in parts]
    first = (both[0].mean, both[0].standard_error)
    return {"mean": [r.mean for r in both], "error": [r.standard_error for r in both], "second_package": first}


def _cox(d: Data) -> Numbers:
    ties = Ties.EFRON if d["efron"] else Ties.BRESLOW
    entry = d["entry"] if (d["entry"] >= 0).any() else None
    given = Structure(
        strata=d["stratum"], weights=d["weight"], entry=entry, cluster=d["cluster"] if d["robust"] else None
    )
    names = _names(d["x"].shape[1])
    fit = cox(d["time"], d["event"], d["x"], names, ties=ties, structure=given, robust=d["robust"])
    c = fit.coefficients
    out = {"estimate": c.estimate, "covariance": c.covariance.ravel(), "model": fit.model_covariance.ravel()}
    return out | {"loglik": (fit.log_likelihood_null, fit.log_likelihood), "score": fit.score_test}


def _cumulative_incidence(d: Data) -> Numbers:
    curve = cumulative_incidence(d["time"], d["status"])
    at = np.unique(d["time"])
    index = np.searchsorted(curve.time, at * (1.0 + 1e-9), side="right")
    read = [np.concatenate(([0.0], column))[index] for column in (curve.incidence, curve.variance)]
    return {"incidence": read[0], "variance": read[1]}


def _gray(d: Data) -> Numbers:
    r = gray_test(d["time"], d["status"], d["group"], strata=d["stratum"], rho=d["rho"])
    return {"chi_square": r.chi_square, "degrees": r.degrees}


def _fine_gray(d: Data) -> Numbers:
    r = fine_gray(d["time"], d["status"], d["x"], _names(d["x"].shape[1]))
    out = {"estimate": r.coefficients.estimate, "covariance": r.coefficients.covariance.ravel()}
    return out | {"loglik": (r.log_likelihood_null, r.log_likelihood)}


def _negative_binomial(d: Data) -> Numbers:
    r = negative_binomial(d["y"], d["exposure"], d["x"] if d["x"].size else None, _names(d["x"].shape[1]))
    out = {"estimate": r.coefficients.estimate, "error": r.coefficients.standard_error, "theta": r.theta}
    return out | {"loglik": r.log_likelihood}


def _firth(d: Data) -> Numbers:
    r = firth(d["event"], d["x"], _names(d["x"].shape[1]))
    out = {"estimate": r.coefficients.estimate, "covariance": r.coefficients.covariance.ravel(), "low": r.low}
    return out | {"high": r.high, "p_value": r.p_value, "loglik": r.log_likelihood}


def _repeated(d: Data) -> Numbers:
    x, names = visit_design(d["visit"], d["group"])
    kind = Likelihood.FULL if d["full"] else Likelihood.RESTRICTED
    r = repeated_measures(d["value"], d["subject"], d["visit"], x, names, likelihood=kind)
    c = r.coefficients
    return {
        "estimate": c.estimate,
        "covariance": c.covariance.ravel(),
        "loglik": r.log_likelihood,
        "sigma": r.covariance.ravel(),
    }


def _overlap(d: Data) -> Numbers:
    w = overlap_weights(d["treated"], d["x"], _names(d["x"].shape[1]))
    r = weighted_difference(d["outcome"], w)
    out = {"treated": r.treated, "control": r.control, "difference": r.difference, "error": r.standard_error}
    return out | {"score": w.score}


def _meta(d: Data) -> Numbers:
    effects = Effects(scale=Scale.RAW, estimate=d["effect"], variance=d["variance"])
    r = pool(effects, heterogeneity=Heterogeneity(d["method"]), inference=TESTS[d["test"]])
    out = {"estimate": r.estimate, "error": r.standard_error, "interval": (r.low, r.high), "tau2": r.tau2}
    out |= {"prediction": (r.prediction_low, r.prediction_high), "i2": r.i2, "h2": r.h2, "q": r.q, "q_p": r.q_p_value}
    return out | {"tau2_interval": (r.tau2_low, r.tau2_high)}


def _proportions(d: Data) -> Numbers:
    r = pool_proportions(d["event"], d["total"])
    return {"estimate": r.estimate, "error": r.standard_error, "tau2": r.tau2, "loglik": r.log_likelihood}


def _turnbull(d: Data) -> Numbers:
    until = np.where(d["until"] < 0, np.inf, d["until"])
    found = interval_censored(d["after"], until)
    at = np.unique(np.concatenate((d["after"], d["until"][d["until"] >= 0])))
    both = np.array([found.free_at(moment) for moment in at])
    ends = np.where(np.isfinite(found.until), found.until, np.inf)
    holds = (found.after >= d["after"][:, None] - 1e-9) & (ends <= until[:, None] + 1e-9)
    return {"free": both[:, 0], "most": both[:, 1], "loglik": np.log(holds @ found.mass).sum()}


def _states(d: Data) -> Numbers:
    names = ("zero", "one", "two", "three")
    stays = Stays(
        subject=d["subject"],
        state=[names[j] for j in d["begin"]],
        start=d["start"],
        end=d["end"],
        into=[None if j < 0 else names[j] for j in d["target"]],
    )
    found = state_occupation(stays, names)
    at = np.unique(d["end"])
    index = np.searchsorted(found.time, at, side="right")
    p, e = np.vstack((found.start, found.probability)), np.vstack((np.zeros(4), found.standard_error))
    return {"time": at, "p": p[index].ravel(), "error": e[index].ravel()}


def _exact(d: Data) -> Numbers:
    proportion = exact_interval(d["events"], d["total"], d["level"])
    return {"proportion": proportion, "rate": exact_rate_interval(d["events"], d["exposure"], d["level"])}


def _fisher(d: Data) -> Numbers:
    first, second = zip(d["events"], d["known"], d["unknown"], strict=True)
    return {"p_value": tipping_grid(first, second)["p_value"].to_numpy()}


ANSWERS: dict[str, Callable[[Data], Numbers]] = {
    "kaplan_meier": _kaplan_meier,
    "log_rank": _log_rank,
    "one_sample_log_rank": _one_sample,
    "restricted_mean": _restricted_mean,
    "cox": _cox,
    "cumulative_incidence": _cumulative_incidence,
    "gray": _gray,
    "fine_gray": _fine_gray,
    "negative_binomial": _negative_binomial,
    "firth": _firth,
    "repeated": _repeated,
    "overlap": _overlap,
    "meta": _meta,
    "proportions": _proportions,
    "turnbull": _turnbull,
    "states": _states,
    "exact": _exact,
    "fisher": _fisher,
}
