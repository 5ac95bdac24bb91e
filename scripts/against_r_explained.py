"""Why regraft and R differ where they do: every explanation is checked on the data before it is given.

A kind begins with who is right: "same", "convention" (both right, another rule), "R" (R wrong, or it gives up), "ours
refuses" (no such number exists, or we do not give it, and say so). What no rule explains stays open.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from against_r_answers import ANSWERS, Numbers
from against_r_by_hand import gray_as_fortran
from awkward_data import Data, Vector
from numpy.typing import NDArray
from scipy import stats
from scipy.special import gammaln, psi

from regraft.core.errors import InputError

Explain = Callable[[Data, Numbers, Numbers, list[str]], str | None]
R_TIE = float(np.sqrt(np.finfo(np.float64).eps))  # survival::aeqSurv


def close(mine: Any, theirs: Any, tolerance: float = 1e-6, least: float = 0.0) -> bool:
    """Return whether two vectors agree but for rounding; what is missing has to be missing in both."""
    if mine.shape != theirs.shape:
        return False
    size = max(float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0)), 1e-300)
    return bool(np.allclose(mine, theirs, rtol=tolerance, atol=max(1e-9 * size, least), equal_nan=True))


def _differing(
    mine: Numbers, theirs: Numbers, tolerance: float = 1e-6, least: dict[str, float] | None = None
) -> list[str]:
    floor = least or {}
    both = [key for key in mine if key in theirs and key != "warnings"]
    return [key for key in both if not close(mine[key], theirs[key], tolerance, floor.get(key, 0.0))]


def _as_r_merges(data: Data, *, by_group: bool = False) -> Data:
    """Return the data with times (and entries) merged as aeqSurv does: closer than 1.5e-8, or that part of the mean."""
    if by_group:  # one survfit per group
        merged = data["time"].astype(np.float64)
        for group in np.unique(data["group"]):
            own = data["group"] == group
            merged[own] = _as_r_merges({"time": data["time"][own]})["time"]
        return data | {"time": merged}
    names = [name for name in ("time", "entry") if name in data]
    whole = np.concatenate([data[name] for name in names])
    known = np.unique(whole)
    gap = np.diff(known)
    cuts = known[np.concatenate(([True], ~((gap <= R_TIE) | (gap / np.abs(known).mean() <= R_TIE))))]
    merged = cuts[np.searchsorted(cuts, whole, side="right") - 1]
    return data | dict(zip(names, np.split(merged, len(names)), strict=True))


def _r_merged_times(name: str, data: Data, theirs: Numbers, explain: Explain | None = None) -> str | None:
    """Return whether the difference goes when the times are merged as R does."""
    other = _as_r_merges(data, by_group=name == "restricted_mean")
    if all(np.array_equal(other[key], data[key]) for key in ("time", "entry") if key in data):
        return None
    kind = "convention: R makes times one that are closer than 1.5e-8 in any unit"
    try:
        mine = {key: np.atleast_1d(np.asarray(v, dtype=float)) for key, v in ANSWERS[name](other).items()}
    except InputError as why:
        return kind if "refused" in theirs or (explain and explain(other, {"refused": str(why)}, theirs, [])) else None
    if "refused" in theirs:
        return None
    differ = _differing(mine, theirs)
    return kind if not differ or (explain and explain(other, mine, theirs, differ)) else None


# ------------------------------------------------------------------ curves and tests
def _kaplan_meier(data: Data, mine: Numbers, theirs: Numbers, differ: list[str]) -> str | None:
    if "refused" in mine or "refused" in theirs:
        return None
    if not close(mine["time"], theirs["time"]):
        return _r_merged_times("kaplan_meier", data, theirs, _kaplan_meier)
    untouched = mine["survival"] == 1.0
    edge = all(
        np.all(mine[key][untouched] == 1.0)
        and np.all(np.isnan(theirs[key][untouched]) | (theirs[key][untouched] == 1.0))
        and close(mine[key][~untouched], theirs[key][~untouched])
        for key in differ
        if key != "median"
    )
    if edge and set(differ) <= {"low_log-log", "high_log-log"}:
        return "convention: before the first event regraft's log-log interval is 1 to 1, R's is missing"
    return None


def _log_rank(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "nothing to compare" in mine.get("refused", ""):
        flat = "refused" in theirs or theirs["degrees"][0] < 1 or np.abs(theirs["covariance"]).max() < 1e-9
        return "ours refuses: no two groups met at an event (R gives 0, NaN or an error)" if flat else None
    if "refused" in mine:
        return None
    rank = np.linalg.matrix_rank(mine["covariance"].reshape((mine["observed"].size,) * 2), hermitian=True, tol=1e-9)
    if "refused" in theirs:
        singular = "singular" in theirs["refused"] and mine["degrees"][0] == rank
        return "R fails: groups that never met in a stratum make its matrix singular" if singular else None
    if mine["degrees"][0] == rank < theirs["degrees"][0]:
        same = not [k for k in _differing(mine, theirs) if k in {"observed", "expected", "covariance"}]
        if same:
            return "R wrong: more degrees of freedom than the rank of its own covariance"
    if not _differing(mine, theirs, least={"chi_square": 1e-12}):
        return "same: rounding around zero"
    return _r_merged_times("log_rank", data, theirs, _log_rank)


def _one_sample(data: Data, mine: Numbers, _theirs: Numbers, _differ: list[str]) -> str | None:
    none = "refused" in mine and data["hazard"].sum() <= 0
    return "ours refuses: no hazard expected in anybody" if none else None


def _restricted_mean(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    empty = len(np.unique(data["group"])) < 2
    if "refused" in mine:
        if "follow-up ends" in mine["refused"] and "refused" not in theirs:
            beyond = (data["horizon"] > theirs["last"] * (1 - 1e-9)) & (theirs["left"] > 0)
            return "ours refuses: curve not known at the horizon (R draws its last step on)" if beyond.any() else None
        if data["horizon"] <= 0:
            return "ours refuses: horizon of zero"
        return "same: both refuse" if empty else None
    if "smallest" in theirs.get("refused", ""):
        first = min(data["time"][data["group"] == g].min() for g in (0, 1))
        nobody = close(mine["mean"], np.full(2, data["horizon"])) or data["horizon"] < data["time"].max()
        return "R gives up: horizon before the first time of a group" if nobody and first >= 0 else None
    return _r_merged_times("restricted_mean", data, theirs, _restricted_mean)


def _cumulative_incidence(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "refused" in mine:
        return None
    if not (data["status"] == 1).any():
        zero = not mine["incidence"].any() and not mine["variance"].any()
        return "convention: nobody had the cause; ours is 0 throughout, cmprsk has no curve" if zero else None
    if "refused" in theirs:
        return None
    return _r_merged_times("cumulative_incidence", data, theirs)


def _gray(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    no_test = "refused" in theirs or theirs["chi_square"][0] == -1.0 or np.isnan(theirs["chi_square"][0])
    if "refused" in mine:
        return "ours refuses: no two groups met at an event (cmprsk: -1)" if no_test else None
    if no_test and "refused" not in theirs and mine["degrees"][0] < theirs["degrees"][0]:
        return "R gives up (-1): groups that never met; ours has the degrees that are left"
    if "refused" not in theirs and not _differing(mine, theirs, least={"chi_square": 1e-12}):
        return "same: rounding around zero"
    explained = _gray_by_hand(data, mine, theirs)
    return explained or _r_merged_times("gray", data, theirs, _gray)


def _gray_by_hand(data: Data, mine: Numbers, theirs: Numbers) -> str | None:
    """Return what the Fortran written out anew says: where it divides by zero or makes a variance negative."""
    each = [data, data | {"status": np.array([0, 2, 1])[data["status"]]}]  # cuminc tests every cause, or fails
    with np.errstate(all="ignore"):
        found = [gray_as_fortran(one, bounded=False) for one in each]
        as_it_is = found[0]
        negative = not np.linalg.eigvalsh(np.nan_to_num(as_it_is.covariance))[0] > -1e-9
        right = gray_as_fortran(data, bounded=True) if negative else as_it_is
    if not _is_quadratic_form(mine, right.score, right.covariance):
        return None
    if "NaN" in theirs.get("refused", ""):
        reached = min(one.left for one in found) <= 1e-12
        return "R fails: 0 / 0, or the root below 0, once the pooled incidence is 1" if reached else None
    last = as_it_is.score.size - 1
    if as_it_is.tie_factor == -1.0 and negative and "refused" not in theirs:
        value = _quadratic_form(as_it_is.score[:last], as_it_is.covariance[:last, :last])
        same = close(np.atleast_1d(value), theirs["chi_square"])
        return "R wrong: its correction for ties makes a variance negative" if same else None
    return None


def _is_quadratic_form(mine: Numbers, score: Vector, covariance: Vector) -> bool:
    """Return whether a statistic and its degrees of freedom are those of a score and its covariance."""
    spread = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    kept = spread > 1e-8 * max(float(spread.max()), 1e-300)
    unit = covariance[np.ix_(kept, kept)] / np.outer(spread[kept], spread[kept])
    rank = int(np.linalg.matrix_rank(unit, hermitian=True, tol=1e-8)) if kept.any() else 0
    inverse = np.linalg.pinv(unit, rcond=1e-8, hermitian=True)
    value = float(score[kept] / spread[kept] @ inverse @ (score[kept] / spread[kept]))
    return rank == mine["degrees"][0] and bool(np.isclose(value, mine["chi_square"][0], rtol=1e-6, atol=1e-9))


def _quadratic_form(score: Vector, covariance: Vector) -> float:
    try:
        return float(score @ np.linalg.solve(covariance, score))
    except np.linalg.LinAlgError:
        return -1.0


# ------------------------------------------------------------------ regressions
def _unit(x: Vector) -> Vector:
    return x.std(axis=0)


def _design_refused(x: Vector, said: str) -> str | None:
    spread = _unit(x)
    if "the same in all" in said:
        flat = (spread <= 1e-9 * np.maximum(np.abs(x).max(axis=0), 1e-300)).any()
        return "ours refuses: constant covariate (R: missing coefficient)" if flat else None
    if "determine each other" in said:
        z = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        return (
            "ours refuses: covariates determine each other" if np.linalg.matrix_rank(z, tol=1e-6) < x.shape[1] else None
        )
    return None


def _at_infinity(x: Vector, theirs: Numbers) -> bool:
    """Return whether R's own answer shows a coefficient that runs away: it warns, or its error is absurd."""
    if "refused" in theirs:
        return True
    said = any(word in theirs["warnings"] for word in ("infinite", "did not converge", "numerically 0", "Ran out"))
    far = (np.abs(theirs["estimate"]) * _unit(x) > 8.0) | (np.abs(theirs["estimate"]) * np.ptp(x, axis=0) > 15.0)
    return said or bool(np.isnan(theirs["estimate"]).any() or far.any())


def _cox(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    x, said = data["x"], mine.get("refused", "")
    known = _design_refused(x, said)
    if known:
        return known
    rules = {
        "none happened": (not data["event"].any(), "ours refuses: no event"),
        "must be above zero": (bool((data["weight"] <= 0).any()), "ours refuses: weight of zero (R leaves them out)"),
        "runs to infinity": (_at_infinity(x, theirs), "ours refuses: no finite maximum (R warns or stops far out)"),
    }
    for words, (holds, kind) in rules.items():
        if words in said:
            return kind if holds else None
    if "do not determine" in said:
        flat = _at_infinity(x, theirs) or np.isnan(theirs["estimate"]).any() or _nobody_differs(data)
        return "ours refuses: nobody in a risk set differs (R: missing or infinite coefficient)" if flat else None
    if said:
        return None
    if "refused" not in theirs:
        error = np.sqrt(mine["model"].reshape((x.shape[1],) * 2).diagonal())
        in_errors = [_in_errors(one, error) for one in (mine, theirs)]  # what is nothing is so beside its error
        least = {"estimate": 1e-6, "covariance": 1e-9, "model": 1e-9, "score": 1e-9, "loglik": 1e-9}
        if not _differing(*in_errors, 1e-5, least):
            return "same: rounding around zero"
        if np.isnan(theirs["estimate"]).any() or "converge" in theirs["warnings"]:
            higher = mine["loglik"][-1] >= theirs["loglik"][-1] - 1e-9
            return "R gives up: it calls a term of extreme scale undetermined" if higher else None
    return _r_merged_times("cox", data, theirs, _cox)


def _in_errors(numbers: Numbers, error: Vector) -> Numbers:
    """Return estimates and covariances in units of the standard errors."""
    square = np.outer(error, error).ravel()
    scaled = {"estimate": numbers["estimate"] / error}
    scaled |= {key: numbers[key] / square for key in ("covariance", "model")}
    return numbers | scaled


def _nobody_differs(data: Data) -> bool:
    """Return whether in the the risk sets of all events a combination of the covariates is constant."""
    z = (data["x"] - data["x"].mean(axis=0)) / _unit(data["x"])
    within = np.zeros((z.shape[1], z.shape[1]))
    for i in np.flatnonzero(data["event"]):
        late = (data["entry"] >= 0).any()
        at_risk = (data["stratum"] == data["stratum"][i]) & (data["time"] >= data["time"][i])
        at_risk &= (data["entry"] < data["time"][i]) | (not late)
        within += np.cov(z[at_risk].T, bias=True).reshape(within.shape)
    return bool(np.linalg.eigvalsh(within)[0] < 1e-8)


def _fine_gray(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "refused" in mine:
        return _fine_gray_refused(data["x"], mine["refused"], theirs)
    if "refused" in theirs:
        return "R gives up: matrix singular to it" if "singular" in theirs["refused"] else None
    error = float(np.sqrt(np.abs(mine["covariance"]).max()))
    least = {"estimate": 1e-5 * error + 1e-12, "loglik": 1e-8}
    smallest = float(np.min(_unit(data["x"])) ** 2)
    if max(np.abs(one["covariance"]).max() * smallest for one in (mine, theirs)) < 1e-20:
        return "same: rounding around zero"
    if not _differing(mine, theirs, 1e-4, least):
        return "same: cmprsk stops a little short"
    if mine["loglik"][1] > theirs["loglik"][1] + 1e-9 and close(mine["loglik"][:1], theirs["loglik"][:1]):
        return "R stops short: its likelihood is lower"
    return _r_merged_times("fine_gray", data, theirs, _fine_gray)


def _fine_gray_refused(x: Vector, said: str, theirs: Numbers) -> str | None:
    if "runs to infinity" in said:
        away = _at_infinity(x, theirs) or not theirs["converged"][0]
        return "ours refuses: no finite maximum (cmprsk stops far out without a word)" if away else None
    if "do not determine" in said:
        away = "refused" in theirs or _at_infinity(x, theirs) or not np.isfinite(theirs["covariance"]).all()
        return "ours refuses: nobody in a risk set differs" if away else None
    return _design_refused(x, said)


def _negative_binomial(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "refused" in mine:
        return _negative_binomial_refused(data, mine["refused"], theirs)
    if not _solves_negative_binomial(data, mine):
        return None
    if "refused" in theirs or np.isnan(theirs["loglik"]).any():
        return "R gives up: glm.nb ends with an error; ours solves the score equations"
    value, theta = mine["loglik"][0], mine["theta"][0]
    slack = 1e-6 * abs(theirs["loglik"][0])
    if theirs["theta"][0] > 1e5 * data["y"].max():
        kind = "R wrong: glm.nb runs to Poisson's limit, whose likelihood is lower"
        if np.isinf(theta):
            kind = "convention: less varied than Poisson's; glm.nb stops at a huge theta, its likelihood cancels"
        return kind if value >= theirs["poisson"][0] - 1e-6 * abs(value) else None
    if value < max(theirs["loglik"][0], theirs["poisson"][0]) - slack:
        return None
    if np.isinf(theta):
        return "convention: less varied than Poisson's; ours has theta infinite, glm.nb stops at a large one"
    if value > theirs["loglik"][0] + 1e-6:
        return "R stops short: its likelihood is lower"
    near = np.abs(mine["estimate"] - theirs["estimate"]) < 1e-3 * mine["error"]
    return "same: glm.nb stops a little short" if near.all() else None


def _negative_binomial_refused(data: Data, said: str, theirs: Numbers) -> str | None:
    x = data["x"]
    if "no event" in said:
        return "ours refuses: no event" if data["y"].sum() == 0 else None
    if "runs to infinity" in said and x.size:
        slopes = theirs | {"estimate": theirs.get("estimate", np.zeros(1))[1:]}
        separate = _separated(data["y"] > 0, x) or _at_infinity(x, slopes)
        return "ours refuses: a group without events, its rate ratio is 0" if separate else None
    if "do not determine" in said and "refused" not in theirs:
        return "ours refuses: covariates determine each other" if np.isnan(theirs["estimate"]).any() else None
    return _design_refused(x, said) if x.size else None


def _separated(event: NDArray[np.bool_], x: Vector) -> bool:
    """Return whether a covariate has one value (or side) in all with the event."""
    return any(
        column[event].min(initial=np.inf) >= column[~event].max(initial=-np.inf)
        or column[event].max(initial=-np.inf) <= column[~event].min(initial=np.inf)
        or np.ptp(column[event]) == 0
        for column in x.T
    )


def _solves_negative_binomial(data: Data, mine: Numbers) -> bool:
    """Return whether the score equations hold at regraft's answer, written out anew."""
    y, x = data["y"], np.column_stack((np.ones(data["y"].size), data["x"]))
    mean, theta = np.exp(x @ mine["estimate"]) * data["exposure"], float(mine["theta"][0])
    slope = x.T @ ((y - mean) / (1.0 + mean / theta))
    if np.abs(slope * mine["error"]).max() > 1e-4:
        return False
    if np.isinf(theta):
        value = (y * np.log(mean) - mean - gammaln(y + 1)).sum()
    else:
        value = stats.nbinom.logpmf(y, theta, theta / (theta + mean)).sum()
        parts = psi(y + theta) - psi(theta) - np.log1p(mean / theta) + (mean - y) / (mean + theta)
        noise = 1e-9 * theta * np.abs(np.log1p(mean / theta)).sum()
        if abs(theta * parts.sum()) > 1e-4 * (1.0 + np.abs(theta * parts).sum()) + noise:
            return False
    return bool(np.isclose(value, mine["loglik"][0], rtol=1e-6, atol=1e-6))


def _firth(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    known = _design_refused(data["x"], mine.get("refused", ""))
    if known or "refused" in mine or "refused" in theirs:
        return known
    x = np.column_stack((np.ones(data["event"].size), data["x"]))
    error = np.sqrt(mine["covariance"].reshape((x.shape[1],) * 2).diagonal())
    ours, other = (_penalised(data, x, one["estimate"]) for one in (mine, theirs))
    if ours < other - 1e-7 or not np.isclose(ours, mine["loglik"][0], atol=1e-6):
        return None
    width = mine["high"] - mine["low"]
    limits = all((np.abs(mine[key] - theirs[key]) < 1e-3 * width)[np.isfinite(width)].all() for key in ("low", "high"))
    if not (np.abs(mine["estimate"] - theirs["estimate"]) < 1e-4 * error).all():
        if ours > other + 1e-9:
            return "R stops short: its penalised likelihood is lower"
        alike = limits and np.allclose(mine["p_value"], theirs["p_value"], atol=1e-6)
        return "same: two maxima are equally high, with the same limits, and each names another" if alike else None
    kind = "convention: logistf's Wald covariance is that of the augmented data, ours the inverse information"
    if limits and np.allclose(mine["p_value"], theirs["p_value"], atol=1e-4):
        z = (x - np.r_[0.0, data["x"].mean(axis=0)]) / np.r_[1.0, _unit(data["x"])]
        eta = x @ theirs["estimate"]
        w = 1.0 / (2.0 + np.exp(eta) + np.exp(-eta))
        inverse = np.linalg.inv((z * w[:, None]).T @ z)
        h = w * np.einsum("ij,jk,ik->i", z, inverse, z)
        augmented = np.linalg.inv((z * (w * (1.0 + h))[:, None]).T @ z)
        slopes = np.diag(augmented)[1:] / _unit(data["x"]) ** 2
        given = theirs["covariance"].reshape((x.shape[1],) * 2).diagonal()[1:]
        return kind if np.allclose(slopes, given, rtol=1e-2) else None
    if "aximum number" in theirs["warnings"]:
        given_up = "R gives up: its profile limits do not converge (it warns)"
        return given_up if _firth_profile(data, mine, theirs, x) else None
    return (
        "R stops short: its profile limits or p-values lie where a likelier curve goes through"
        if _firth_profile(data, mine, theirs, x)
        else None
    )


def _penalised(data: Data, x: Vector, beta: Vector) -> float:
    """Return Firth's penalised log-likelihood, written out anew."""
    spread = np.r_[1.0, _unit(data["x"])]
    eta = x @ beta
    w = np.exp(-np.logaddexp(0, eta) - np.logaddexp(0, -eta))
    z = x - np.r_[0.0, data["x"].mean(axis=0)]
    log = np.linalg.slogdet(((z / spread) * w[:, None]).T @ (z / spread))[1]
    value = eta[data["event"] > 0].sum() - np.logaddexp(0, eta).sum() + 0.5 * log
    return float(value + np.log(spread).sum())


def _firth_profile(data: Data, mine: Numbers, theirs: Numbers, x: Vector) -> bool:
    """Return whether R's limits and p-values that differ from regraft's are too narrow, by other optimisers.

    Each limit lies inside regraft's, each p-value is smaller, and from some of many starts coefficients are reached
    that are likelier than R's figure says: the profile may have two branches. None is likelier than regraft's p says.
    """
    from scipy.optimize import minimize  # noqa: PLC0415

    d, spread, centre = data["event"] > 0, np.r_[1.0, _unit(data["x"])], data["x"].mean(axis=0)
    z = (x - np.r_[0.0, centre]) / spread
    raw = np.diag(1.0 / spread)
    raw[0, 1:] = -centre / spread[1:]  # from coefficients of z to those of x
    top = np.linalg.solve(raw, mine["estimate"])

    def value(beta: Vector) -> float:
        eta = z @ beta
        w = np.exp(-np.logaddexp(0, eta) - np.logaddexp(0, -eta))
        sign, log = np.linalg.slogdet((z * w[:, None]).T @ z)
        return float(eta[d].sum() - np.logaddexp(0, eta).sum() + 0.5 * log) if sign > 0 else -1e300

    def deviance(j: int, fixed: float) -> float:
        others = np.linalg.svd(raw[j][None])[2][1:].T  # directions that leave the coefficient as it is
        base = raw[j] * fixed / (raw[j] @ raw[j])
        starts = itertools.product((-15.0, -6.0, -2.0, 0.0, 2.0, 6.0, 15.0), repeat=others.shape[1])
        found = [
            minimize(lambda part: -value(base + others @ part), others.T @ top + start, method="Nelder-Mead")
            for start in starts
        ]
        return 2.0 * (value(top) + min(float(one.fun) for one in found))

    ends = []
    for j, key in itertools.product(range(x.shape[1]), ("low", "high")):
        ours, other, at = mine[key][j], theirs[key][j], mine["estimate"][j]
        if np.isclose(ours, other, rtol=1e-4, atol=1e-4 * np.sqrt(mine["covariance"][:: x.shape[1] + 1][j])):
            continue
        if not abs(other - at) < abs(ours - at):
            return False
        ends.append(deviance(j, other) < stats.chi2.ppf(0.95, 1) - 1e-4)
    for j, (ours, other) in enumerate(zip(mine["p_value"], theirs["p_value"], strict=True)):
        if np.isclose(ours, other, atol=1e-4):
            continue
        least = deviance(j, 0.0)
        ends.append(abs(least - stats.chi2.isf(ours, 1)) < 1e-3 and least < stats.chi2.isf(other, 1) - 1e-4)
    return bool(ends) and all(ends)


def _repeated(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "refused" in mine:
        unbounded = (
            "does not settle" in mine["refused"] or "too few" in mine["refused"] or "remainder" in mine["refused"]
        )
        return (
            "ours refuses: too few people for an unstructured covariance (nlme returns a point it reached)"
            if unbounded
            else None
        )
    if "refused" in theirs:
        return (
            "R gives up: nlme's optimiser fails; no step from ours raises the likelihood"
            if _is_highest(data, mine)
            else None
        )
    if mine["loglik"][0] > theirs["loglik"][0] - 1e-7 * abs(theirs["loglik"][0]):
        size = mine["covariance"].reshape((mine["estimate"].size,) * 2)
        near = (np.abs(mine["estimate"] - theirs["estimate"]) < 1e-2 * np.sqrt(size.diagonal())).all()
        near = near and np.allclose(mine["covariance"], theirs["covariance"], atol=1e-2 * np.abs(size).max())
        if near:
            return "same: nlme stops a little short"
        return "R stops short: its likelihood is lower" if _is_highest(data, mine) else None
    return None


def _is_highest(data: Data, mine: Numbers) -> bool:
    """Return whether the likelihood, written out anew, falls with every small change of the covariance."""
    visits = np.unique(data["visit"])
    sigma = mine["sigma"].reshape((visits.size,) * 2)
    value = _gls_likelihood(data, sigma)
    if not np.isclose(value, mine["loglik"][0], rtol=1e-6, atol=1e-6):
        return False
    unit = np.sqrt(np.outer(sigma.diagonal(), sigma.diagonal()))
    for i in range(visits.size):
        for j in range(i + 1):
            for share in (1e-3, -1e-3):
                other = sigma.copy()
                other[i, j] += share * unit[i, j]
                other[j, i] = other[i, j]
                if np.linalg.eigvalsh(other)[0] > 0 and _gls_likelihood(data, other) > value + 1e-7:
                    return False
    return True


def _gls_likelihood(data: Data, sigma: Vector) -> float:
    visits, when = np.unique(data["visit"], return_inverse=True)
    at = (when[:, None] == np.arange(visits.size)) * 1.0
    x = np.column_stack((at, at * data["group"][:, None]))
    v = np.where(data["subject"][:, None] == data["subject"], sigma[np.ix_(when, when)], 0.0)
    inverse = np.linalg.inv(v)
    xvx = x.T @ inverse @ x
    residual = data["value"] - x @ np.linalg.solve(xvx, x.T @ inverse @ data["value"])
    size = residual.size - (0 if data["full"] else x.shape[1])
    value = -0.5 * (size * np.log(2 * np.pi) + np.linalg.slogdet(v)[1] + residual @ inverse @ residual)
    return float(value - (0.0 if data["full"] else 0.5 * np.linalg.slogdet(xvx)[1]))


def _overlap(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    said = mine.get("refused", "")
    known = _design_refused(data["x"], said)
    if known:
        return known
    if "runs to infinity" in said or "do not determine" in said:
        apart = "refused" in theirs or (np.minimum(theirs["score"], 1 - theirs["score"]).min() < 1e-4)
        return "ours refuses: cohorts without overlap" if apart else None
    if "no standard error" in said:
        exact = "refused" in theirs or not theirs["error"][0] > 1e-6 * max(1.0, np.abs(data["outcome"]).max())
        return "ours refuses: the outcome does not vary but by the covariates" if exact else None
    if said or "refused" in theirs:
        return None
    least = dict.fromkeys(("treated", "control", "difference"), 1e-6 * float(mine["error"][0]))
    if not _differing(mine, theirs, 1e-6, least):
        return "same: rounding around zero"
    if "not pd" in theirs["warnings"]:
        right = not _differing({k: v for k, v in mine.items() if k != "error"}, theirs, 1e-5)
        return "R gives up: it falls back on a conservative variance, with a warning" if right else None
    return None


# ------------------------------------------------------------------ pooling
def _meta(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "refused" in mine or "refused" in theirs:
        return None
    y, v = data["effect"], data["variance"]
    size = float(np.var(y) + v.max())
    least = {"q": 1e-9, "tau2": 1e-9 * size, "tau2_interval": 1e-6 * size, "error": 1e-9 * np.sqrt(size), "i2": 1e-6}
    least |= {"prediction": 1e-9 * np.sqrt(size), "interval": 1e-9 * np.sqrt(size), "q_p": 1e-9, "h2": 1e-9}
    left = _differing(mine, theirs, 1e-5, least)
    if not left:
        return "same: rounding around zero"
    if data["method"] == "EE" and set(left) <= {"prediction", "i2", "h2", "tau2_interval"}:
        return "convention: with one common effect metafor gives no interval of tau2 and derives I2 from Q"
    if left == ["tau2_interval"]:
        return "convention: Q-profile interval" if _q_profile(y, v, mine["tau2_interval"]) else None
    if data["method"] == "REML" and _restricted(y, v, mine["tau2"][0]) > _restricted(y, v, theirs["tau2"][0]) - 1e-10:
        return "R stops at a lower (or not quite the) maximum of the restricted likelihood"
    return None


def _q_profile(y: Vector, v: Vector, interval: Vector) -> bool:
    """Return whether each end meets its quantile of Q, or is cut at zero where Q is below it already."""
    for end, tail in zip(interval, (0.975, 0.025), strict=True):
        w = 1.0 / (v + end)
        q, aim = float(w @ (y - w @ y / w.sum()) ** 2), stats.chi2.ppf(tail, y.size - 1)
        if not (np.isclose(q, aim, rtol=1e-6) or (end == 0 and q <= aim)):
            return False
    return True


def _restricted(y: Vector, v: Vector, tau2: float) -> float:
    w = 1.0 / (v + tau2)
    return -0.5 * float(np.log(v + tau2).sum() + np.log(w.sum()) + w @ (y - w @ y / w.sum()) ** 2)


def _proportions(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    x, n = data["event"], data["total"]
    if "infinite" in mine.get("refused", "") or "no finite" in mine.get("refused", ""):
        extreme = ((x == 0) | (x == n)).mean() >= 0.5 or "refused" in theirs or theirs["tau2"][0] > 9.0
        return "ours refuses: studies of none or all events, the variance between them runs away" if extreme else None
    if "no pooled logit" in mine.get("refused", ""):
        return "ours refuses: no event at all (or nothing but)"
    if "refused" in mine:
        return None
    ours = _binomial_normal(x, n, mine["estimate"][0], mine["tau2"][0])
    if not np.isclose(ours, mine["loglik"][0], rtol=1e-6, atol=1e-6):
        return None
    if "refused" in theirs:
        return "R gives up: rma.glmm cannot fit"
    other = _binomial_normal(x, n, theirs["estimate"][0], theirs["tau2"][0])
    if ours >= other - 1e-6:
        near = abs(mine["estimate"][0] - theirs["estimate"][0]) < 2e-2 * mine["error"][0]
        near = near and abs(mine["tau2"][0] - theirs["tau2"][0]) < 2e-2 * (1.0 + mine["tau2"][0])
        return "same: rma.glmm stops a little short" if near else "R stops short: its likelihood is lower"
    return None


def _binomial_normal(x: Vector, n: Vector, mu: float, tau2: float) -> float:
    """Return the log-likelihood by brute force: a fine grid over the random effect."""
    if tau2 <= 0:
        return float(stats.binom.logpmf(x, n, 1 / (1 + np.exp(-mu))).sum())
    u = np.linspace(-12, 12, 48001)
    p = 1 / (1 + np.exp(-(mu + np.sqrt(tau2) * u)))
    weight = stats.norm.logpdf(u) + np.log(u[1] - u[0])
    terms = stats.binom.logpmf(x[:, None], n[:, None], p[None, :]) + weight
    top = terms.max(axis=1)
    return float((top + np.log(np.exp(terms - top[:, None]).sum(axis=1))).sum())


# ------------------------------------------------------------------ intervals and states
def _turnbull(data: Data, mine: Numbers, theirs: Numbers, _differ: list[str]) -> str | None:
    if "refused" in mine or "refused" in theirs:
        return None
    inside = (theirs["free"] >= mine["free"] - 1e-4) & (theirs["free"] <= mine["most"] + 1e-4)
    if inside.all():
        return "same: R's curve lies between our least and greatest (it puts the mass in the middle of an interval)"
    mass = -np.diff(np.concatenate(([1.0], theirs["free"], [0.0])))
    value = _turnbull_likelihood(data, np.concatenate((theirs["at"], [np.inf])), mass)
    return (
        "R stops short or spreads the mass elsewhere: its likelihood is not higher"
        if value <= mine["loglik"][0] + 1e-6
        else None
    )


def _turnbull_likelihood(data: Data, at: Vector, mass: Vector) -> float:
    """Return the log-likelihood of masses at times."""
    until = np.where(data["until"] < 0, np.inf, data["until"])
    exact = data["after"] == until
    inside = ((at > data["after"][:, None] + 1e-9) | (exact[:, None] & (at >= data["after"][:, None] - 1e-9))) & (
        at <= until[:, None] + 1e-9
    )
    with np.errstate(divide="ignore"):
        return float(np.log(np.maximum(inside @ mass, 0.0)).sum())


def _states(_data: Data, _mine: Numbers, _theirs: Numbers, _differ: list[str]) -> str | None:
    return None


def _nothing(_data: Data, _mine: Numbers, _theirs: Numbers, _differ: list[str]) -> str | None:
    return None


EXPLAINED: dict[str, Explain] = {
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
    "exact": _nothing,
    "fisher": _nothing,
}
