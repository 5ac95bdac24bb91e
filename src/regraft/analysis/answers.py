"""Groups compared by one statistic: the number, and the sentence for the paper that says what was done and found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import polars as pl

from regraft.analysis.arm_contrast import difference_of, free_at
from regraft.analysis.asked import AnalysisFile, Asked, Covariate, Method, Start
from regraft.analysis.cox import Cox, Structure, cox
from regraft.analysis.e_value import Ratio, e_value
from regraft.analysis.fine_gray import fine_gray
from regraft.analysis.firth import firth
from regraft.analysis.gray import gray_test
from regraft.analysis.groups import Groups, Timed, column_of
from regraft.analysis.log_rank import log_rank
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.overlap_weights import overlap_weights, weighted_difference
from regraft.analysis.repeated import repeated_measures, visit_design
from regraft.analysis.result import Result
from regraft.analysis.rmst import restricted_mean, restricted_mean_difference
from regraft.analysis.survival import kaplan_meier
from regraft.analysis.tipping_point import tipping_point
from regraft.core.errors import InputError
from regraft.endpoints.endpoint import in_a_sentence

_DAYS_PER_YEAR, _DAYS_PER_MONTH = 365.25, 30.4375
_RARE = 0.15  # of people with the event, up to which a hazard ratio stands for a risk ratio (VanderWeele and Ding 2017)
_AROUND_YEARS = 0.5


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Result):
    """One number of an answer: what it is, value, interval, p value, unit; None where there is none."""

    term: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    unit: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Result):
    """What one statistic found.

    Parameters
    ----------
    asked : Asked
        What was asked.
    title : str
        Statistic and endpoint, in words.
    numbers : tuple of Number
        What was found.
    sentence : str
        For the paper: what was done and found, with numbers of people and events.
    left_out : str
        Who was left out, and why; empty if nobody was.
    """

    asked: Asked
    title: str
    numbers: tuple[Number, ...]
    sentence: str
    left_out: str = ""

    def to_frame(self) -> pl.DataFrame:
        """Return one row per number."""
        return pl.concat([number.to_frame() for number in self.numbers], how="vertical_relaxed")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered(Result):
    """A question that the data cannot answer, and why."""

    asked: Asked
    title: str
    why: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Result):
    """Groups compared by several statistics.

    Parameters
    ----------
    by : str
        What tells the groups apart.
    groups : tuple of (str, int)
        Names and people, the one the others are compared with first.
    introduction : str
        Who was compared and when time begins, in words.
    answers : tuple of Answer or Unanswered
        One per statistic, in the order asked.
    """

    by: str
    groups: tuple[tuple[str, int], ...]
    introduction: str
    answers: tuple[Answer | Unanswered, ...]

    def to_frame(self) -> pl.DataFrame:
        """Return one row per number: statistic, term, estimate, low, high, p_value, unit, sentence."""
        rows = [
            {"statistic": one.title, **number.to_frame().row(0, named=True), "sentence": one.sentence}
            for one in self.answers
            if isinstance(one, Answer)
            for number in one.numbers
        ]
        return pl.DataFrame(rows, infer_schema_length=None)


def answer_file(groups: Groups, asked: AnalysisFile, *, years: float) -> Compared:
    """Return what every statistic of a file finds."""
    people = {name: int((groups.people["group"] == name).sum()) for name in groups.names}
    told = ", ".join(f"{name} ({count})" for name, count in people.items())
    begins = (
        "Time begins at enrolment in every group, so that waiting for a transplantation is no time without risk."
        if groups.start is Start.ENROLMENT
        else "Time begins at day zero: the transplantation of those transplanted, else the enrolment."
    )
    return Compared(
        by=groups.by,
        groups=tuple(people.items()),
        introduction=f"{groups.told}People by {groups.by.replace('_', ' ')}: {told}. {groups.names[0]} is what others "
        f"are compared with. {begins} Nothing is corrected for asking several questions.",
        answers=tuple(answer(groups, one, years=years, level=asked.level) for one in asked.analysis),
    )


def answer(groups: Groups, asked: Asked, *, years: float, level: float = 0.95) -> Answer | Unanswered:
    """Return what a statistic finds, or why the data cannot say.

    Parameters
    ----------
    groups : Groups
        The people compared.
    asked : Asked
        Statistic and endpoint.
    years : float
        Time at which shares are read and to which means go, where `asked` has none.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        No such endpoint; the nearest is offered.
    """
    if asked.endpoint is not None:
        groups.catalogue.endpoint(asked.endpoint)
    title = title_of(groups, asked)
    question = _Question(groups, asked, years if asked.years is None else asked.years, level, title)
    try:
        return _ANSWERS[asked.method](question)
    except InputError as why:
        return Unanswered(asked=asked, title=title, why=str(why))


def title_of(groups: Groups, asked: Asked) -> str:
    """Return statistic and endpoint in words."""
    about = "" if asked.endpoint is None else f": {in_a_sentence(groups.catalogue.label(asked.endpoint))}"
    return f"{_NAMES[asked.method]}{about}"


@final
@dataclass(frozen=True, slots=True)
class _Question:
    groups: Groups
    asked: Asked
    years: float
    level: float
    title: str

    @property
    def percent(self) -> str:
        return f"{100 * self.level:g}%"

    def timed(self, *, whole: bool = True) -> tuple[Timed, str]:
        """Return the endpoint of those who have all that the statistic needs, and who was left out."""
        found = self.groups.timed(self.asked.endpoint or "")
        needed = [*map(column_of, self.asked.adjust), *map(str, self.asked.strata)] if whole else []
        kept, lacking = found.with_all_of(needed)
        return kept, _left_out(found.left_out, lacking, self.groups.nowhere)

    def adjusted(self) -> str:
        """Return what was adjusted for and stratified by, as it stands in a sentence."""
        parts = [f"adjusted for {_listed(self.asked.adjust)}"] if self.asked.adjust else []
        parts += [f"stratified by {_listed(self.asked.strata)}"] if self.asked.strata else []
        return "".join(f", {part}" for part in parts)

    def found(self, numbers: Sequence[Number], sentence: str, left_out: str = "") -> Answer:
        return Answer(asked=self.asked, title=self.title, numbers=tuple(numbers), sentence=sentence, left_out=left_out)


# ------------------------------------------------------------------ time to event


def _kaplan_meier(q: _Question) -> Answer:
    timed, left_out = q.timed(whole=False)
    moment = q.years * _DAYS_PER_YEAR
    numbers, told, first = [], [], None
    for name in q.groups.names:
        own = timed.group == name
        share = free_at(kaplan_meier(timed.time[own], timed.event[own], level=q.level), moment)
        if np.isnan(share[0]):
            raise InputError(f"{name}: follow-up ends before {q.years:g} years. Give an earlier time with years.")
        values = (100.0 * share[0], 100.0 * share[1], 100.0 * share[2])
        first = first or values
        numbers.append(_number(f"free at {q.years:g} years, {name}", values, "%"))
        told.append(f"{_interval(values, 1, '%')} with {name}")
        if values is not first:
            numbers.append(_number(f"difference, {name}", difference_of(values, first), "percentage points"))
            told[-1] += f" (difference {_interval(difference_of(values, first), 1)} percentage points)"
    sentence = (
        f"At {q.years:g} years {'; '.join(told)} were free of {_event(timed)} (Kaplan-Meier with {q.percent} log-log "
        f"intervals, exact bounds for all or nobody, differences with Newcombe's); {_people(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def _log_rank(q: _Question) -> Answer:
    timed, left_out = q.timed()
    found = log_rank(timed.time, timed.event, timed.group, strata=_strata(q, timed))
    numbers = [_number("chi-square", (found.chi_square, None, None), f"{found.degrees} df", found.p_value)]
    numbers += [
        _number(f"observed over expected, {name}", (float(o / e) if e > 0 else None, None, None))
        for name, o, e in zip(found.groups, found.observed, found.expected, strict=True)
    ]
    stratified = f" stratified by {_listed(q.asked.strata)}" if q.asked.strata else ""
    sentence = (
        f"Time to {_event(timed)}: {_people(q.groups, timed)}; log-rank test{stratified}, chi-square "
        f"{found.chi_square:.2f} with {found.degrees} degree{'' if found.degrees == 1 else 's'} of freedom, "
        f"{p_text(found.p_value)}."
    )
    return q.found(numbers, sentence, left_out)


def _hazard(q: _Question) -> tuple[Cox, Timed, str]:
    timed, left_out = q.timed()
    x, names = q.groups.matrix(timed.rows, q.asked.adjust)
    structure = Structure(strata=_strata(q, timed))
    return cox(timed.time, timed.event, x, names, structure=structure, level=q.level), timed, left_out


def _cox(q: _Question) -> Answer:
    found, timed, left_out = _hazard(q)
    numbers = _ratios(found.coefficients, "hazard ratio", q.groups)
    told = _ratio_text(q.groups, numbers, "hazard ratio")
    sentence = (
        f"Time to {_event(timed)}: {told} (Cox regression, Efron's ties{q.adjusted()}, {q.percent} intervals); "
        f"{_people(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def _rmst(q: _Question) -> Answer:
    timed, left_out = q.timed(whole=False)
    horizon = q.years * _DAYS_PER_YEAR
    numbers, told = [], []
    for name in q.groups.names:
        own = timed.group == name
        mean = restricted_mean(timed.time[own], timed.event[own], horizon, level=q.level)
        numbers.append(_number(f"restricted mean, {name}", _months(mean.mean, mean.low, mean.high), "months"))
    for name in q.groups.others:
        pair = np.isin(timed.group, (q.groups.names[0], name))
        second = (timed.group[pair] == name).astype(np.int64)  # sorted labels: 0 is the reference
        found = restricted_mean_difference(timed.time[pair], timed.event[pair], second, horizon, level=q.level)
        values = _months(found.difference, found.low, found.high)
        numbers.append(_number(f"difference, {name}", values, "months", found.p_value))
        told.append(f"{_interval(values, 1)} months with {name} ({p_text(found.p_value)})")
    means = ", ".join(f"{n.estimate:.1f} months with {name}" for n, name in zip(numbers, q.groups.names, strict=False))
    sentence = (
        f"Mean time free of {_event(timed)} up to {q.years:g} years was {means}; difference from "
        f"{q.groups.names[0]} {'; '.join(told)} (restricted mean, {q.percent} intervals); {_people(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def _gray(q: _Question) -> Answer:
    timed, left_out = q.timed()
    found = gray_test(timed.time, timed.status, timed.group, strata=_strata(q, timed))
    numbers = [_number("chi-square", (found.chi_square, None, None), f"{found.degrees} df", found.p_value)]
    stratified = f" stratified by {_listed(q.asked.strata)}" if q.asked.strata else ""
    sentence = (
        f"Cumulative incidence of {_event(timed)} with death as a competing event ({_competing(timed)}): "
        f"{_people(q.groups, timed)}; Gray's test{stratified}, chi-square {found.chi_square:.2f} with {found.degrees} "
        f"degree{'' if found.degrees == 1 else 's'} of freedom, {p_text(found.p_value)}."
    )
    return q.found(numbers, sentence, left_out)


def _fine_gray(q: _Question) -> Answer:
    timed, left_out = q.timed()
    x, names = q.groups.matrix(timed.rows, q.asked.adjust)
    found = fine_gray(timed.time, timed.status, x, names, level=q.level)
    numbers = _ratios(found.coefficients, "subdistribution hazard ratio", q.groups)
    told = _ratio_text(q.groups, numbers, "subdistribution hazard ratio")
    sentence = (
        f"{timed.label} with death as a competing event ({_competing(timed)}): {told} (Fine-Gray "
        f"regression{q.adjusted()}, {q.percent} intervals); {_people(q.groups, timed)}."
    )
    return q.found(numbers, sentence, left_out)


def _e_value(q: _Question) -> Answer:
    if len(q.groups.names) != 2:
        raise InputError(f"e_value: {len(q.groups.names)} groups. An E-value is of one ratio: compare two.")
    found, timed, left_out = _hazard(q)
    ratio = _ratios(found.coefficients, "hazard ratio", q.groups)[0]
    kind = Ratio.HAZARD_RARE if timed.event.mean() <= _RARE else Ratio.HAZARD_COMMON
    value, low, high = (float(number) for number in (ratio.estimate or 0, ratio.low or 0, ratio.high or 0))
    strength = e_value(value, low, high, kind)
    numbers = [
        ratio,
        _number("E-value of the estimate", (strength.of_estimate, None, None), "risk ratio"),
        _number("E-value of the limit", (strength.of_limit, None, None), "risk ratio"),
    ]
    to_limit = (
        "the interval holds 1 already"
        if low <= 1.0 <= high
        else f"to move the interval to include 1, by {strength.of_limit:.2f}"
    )
    taken = "rare" if kind is Ratio.HAZARD_RARE else "common"
    sentence = (
        f"To explain the hazard ratio of {_event(timed)} of {_interval((value, low, high), 2)} away, an unmeasured "
        "confounder would have to be associated with both group and outcome by a risk ratio of "
        f"{strength.of_estimate:.2f} each, beyond what was accounted for{q.adjusted()}; {to_limit} (E-value, outcome "
        f"taken as {taken})."
    )
    return q.found(numbers, sentence, left_out)


# ------------------------------------------------------------------ shares, counts and scores


def _firth(q: _Question) -> Answer:
    whole, left_out = q.timed()
    timed, early = whole.by(q.years)
    x, names = q.groups.matrix(timed.rows, q.asked.adjust)
    found = firth(timed.rows["happened"].to_numpy(), x, names, level=q.level)
    at = [found.coefficients.names.index(name) for name in names]
    numbers = [
        _number(
            _term("odds ratio", name, q.groups),
            (_exp(found.coefficients.estimate[i]), _exp(found.low[i]), _exp(found.high[i])),
            "",
            float(found.p_value[i]),
        )
        for i, name in zip(at, names, strict=True)
    ]
    told = _ratio_text(q.groups, numbers, "odds ratio")
    sentence = (
        f"{timed.label} within {q.years:g} years: {told} (logistic regression with Firth's penalty{q.adjusted()}, "
        f"{q.percent} intervals of the profile likelihood); {_by_then(q.groups, timed)}."
    )
    return q.found(numbers, sentence, _with_early(left_out, early, q.years))


def _negative_binomial(q: _Question) -> Answer:
    groups = q.groups
    names = ("relapses_after", "years_after")
    wide = groups.measures.filter(pl.col("measure").is_in(names)).pivot(
        "measure", index=["part", "subject_id"], values="value"
    )
    rows = groups.people.join(wide, on=["part", "subject_id"], how="left", maintain_order="left")
    known = rows.drop_nulls([*names, *map(column_of, q.asked.adjust)]).filter(pl.col("years_after") > 0)
    x, terms = groups.matrix(known, q.asked.adjust)
    counts, exposure = known["relapses_after"].to_numpy(), known["years_after"].to_numpy()
    found = negative_binomial(counts, exposure, x, terms, level=q.level)
    numbers = _ratios(found.coefficients, "rate ratio", groups)
    rates = []
    for name in groups.names:
        own = (known["group"] == name).to_numpy()
        if not own.any():
            raise InputError(f"{name}: nobody has relapses and follow-up recorded.")
        rates.append(f"{counts[own].sum():.0f} relapses in {exposure[own].sum():.0f} patient-years with {name}")
    lacking = rows.height - known.height
    sentence = (
        f"Relapses: {', '.join(rates)}; {_ratio_text(groups, numbers, 'rate ratio')} (negative-binomial "
        f"regression{q.adjusted()}, {q.percent} intervals)."
    )
    return q.found(numbers, sentence, _left_out({}, lacking, groups.nowhere))


def _repeated(q: _Question) -> Answer:
    groups = q.groups
    if len(groups.names) != 2:
        raise InputError(f"repeated_measures: {len(groups.names)} groups. The design compares two.")
    marks = pl.DataFrame({"mark": np.arange(1.0, np.floor(q.years) + 1.0)})
    people = groups.people.select("part", "subject_id", "group", baseline="edss").drop_nulls()
    near = groups.scores.join(marks, how="cross").with_columns(far=(pl.col("years") - pl.col("mark")).abs())
    near = near.filter(pl.col("far") <= _AROUND_YEARS).sort("part", "subject_id", "mark", "far", "years")
    seen = near.unique(["part", "subject_id", "mark"], keep="first", maintain_order=True)
    rows = people.join(seen, on=["part", "subject_id"], maintain_order="left")
    if rows.is_empty():
        raise InputError("no EDSS near a whole year after the start, in people with an EDSS at the start.")
    change = (rows["edss"] - rows["baseline"]).to_numpy()
    who = (rows["part"].cast(pl.String) + "|" + rows["subject_id"]).to_numpy()
    second = (rows["group"] == groups.others[0]).cast(pl.Int64).to_numpy()
    x, names = visit_design(rows["mark"].to_numpy(), second)
    x, names = (
        np.column_stack((x, rows["baseline"].to_numpy() - rows["baseline"].mean())),
        (*names, "EDSS at the start"),
    )
    found = repeated_measures(change, who, rows["mark"].to_numpy(), x, names, level=q.level)
    table = found.coefficients.to_frame().filter(pl.col("term").str.starts_with("difference"))
    numbers = [
        _number(f"difference of EDSS change at year {v:g}", (r["estimate"], r["low"], r["high"]), "EDSS", r["p_value"])
        for v, r in zip(found.visits, table.iter_rows(named=True), strict=True)
    ]
    last = numbers[-1]
    value = (last.estimate or 0.0, last.low or 0.0, last.high or 0.0)
    sentence = (
        f"Change of EDSS from the start: {groups.others[0]} minus {groups.names[0]} {_interval(value, 2)} at year "
        f"{found.visits[-1]:g} ({p_text(last.p_value)}; repeated measures with unstructured covariance by REML, "
        f"adjusted for EDSS at the start, {q.percent} intervals; {found.subjects} people, {found.observations} scores, "
        "valid where scores are missing at random)."
    )
    return q.found(numbers, sentence, _left_out({}, groups.people.height - found.subjects, groups.nowhere))


def _overlap(q: _Question) -> Answer:
    groups = q.groups
    if len(groups.names) != 2:
        raise InputError(f"overlap_weights: {len(groups.names)} groups. Weights make two alike: compare two.")
    adjust = q.asked.adjust or _recorded_covariates(groups)
    found, lacking = groups.timed(q.asked.endpoint or "").with_all_of([column_of(one) for one in adjust])
    timed, early = found.by(q.years)
    treated = timed.group == groups.others[0]
    covariates = np.column_stack([timed.rows[column_of(one)].to_numpy() for one in adjust])
    names = tuple(map(str, adjust))
    weights = overlap_weights(treated, covariates, names)
    share = weighted_difference(timed.rows["happened"].cast(pl.Float64).to_numpy(), weights, level=q.level)
    structure = Structure(weights=weights.weight)
    hazard = cox(
        timed.time, timed.event, treated[:, None], (groups.others[0],), structure=structure, robust=True, level=q.level
    )
    difference = (100.0 * share.difference, 100.0 * share.low, 100.0 * share.high)
    ratio = _ratios(hazard.coefficients, "weighted hazard ratio", groups)[0]
    before, after = (float(weights.balance[when].abs().to_numpy().max()) for when in ("before", "after"))
    numbers = [
        _number(f"weighted difference by {q.years:g} years", difference, "percentage points", share.p_value),
        ratio,
        _number("largest standardised difference before", (before, None, None)),
        _number("largest standardised difference after", (after, None, None)),
        _number(f"effective people, {groups.others[0]}", (weights.effective_treated, None, None)),
        _number(f"effective people, {groups.names[0]}", (weights.effective_control, None, None)),
    ]
    shares = f"{100 * share.treated:.1f}% with {groups.others[0]} and {100 * share.control:.1f}% with {groups.names[0]}"
    sentence = (
        f"In people whom both groups could have enrolled (overlap weights from {_listed(adjust)}; largest standardised "
        f"difference {before:.2f} before, {after:.2f} after; effective numbers {weights.effective_treated:.0f} and "
        f"{weights.effective_control:.0f}), {_event(timed)} within {q.years:g} years in {shares}, difference "
        f"{_interval(difference, 1)} percentage points ({p_text(share.p_value)}); weighted hazard ratio "
        f"{_interval((ratio.estimate or 0, ratio.low or 0, ratio.high or 0), 2)}; {_by_then(groups, timed)}. Weights "
        "are no randomisation: what was not recorded is not balanced."
    )
    left_out = _left_out(groups.timed(q.asked.endpoint or "").left_out, lacking, groups.nowhere)
    return q.found(numbers, sentence, _with_early(left_out, early, q.years))


def _tipping(q: _Question) -> Answer:
    timed = q.groups.timed(q.asked.endpoint or "")
    threshold = q.asked.threshold or 0.0
    numbers, told = [], []
    for name in q.groups.names:
        own = timed.group == name
        events, known, unknown = int(timed.event[own].sum()), int(own.sum()), timed.left_out[name]
        found = tipping_point(events, known, unknown, threshold=threshold, level=q.level)
        first = found.scenarios.row(0, named=True)
        values = (100.0 * first["estimate"], 100.0 * first["low"], 100.0 * first["high"])
        numbers.append(_number(f"with the event, if none of the unknown had it, {name}", values, "%"))
        numbers.append(_number(f"unknown with the event that tip it, {name}", (found.tips_at, None, None), "people"))
        tips = (
            "no number of them moves the upper limit to it"
            if found.tips_at is None
            else "the upper limit is there without any"
            if found.tips_at == 0
            else f"{found.tips_at} of them with the event move the upper limit to it"
        )
        told.append(f"{name}: {events} of {known} known, {unknown} unknown; {tips}")
    sentence = (
        f"{timed.label} against a threshold of {100 * threshold:g}% with the event (exact {q.percent} intervals, those "
        f"unknown added): {'. '.join(told)}."
    )
    return q.found(numbers, sentence, _left_out({}, 0, q.groups.nowhere))


def _recorded_covariates(groups: Groups) -> tuple[Covariate, ...]:
    """Return the covariates that differ between people and are known of nine in ten of every group."""
    found = []
    for one in Covariate:
        column = groups.people.select("group", value=column_of(one))
        shares = column.group_by("group").agg(pl.col("value").is_not_null().mean())["value"]
        if (shares >= 0.9).all() and column["value"].n_unique() > 1:
            found.append(one)
    if not found:
        raise InputError(
            "no covariate is recorded in nine of ten people of both groups. Name what there is with adjust."
        )
    return tuple(found)


# ------------------------------------------------------------------ words


_NAMES: Mapping[Method, str] = {
    Method.KAPLAN_MEIER: "Kaplan-Meier",
    Method.LOG_RANK: "Log-rank test",
    Method.COX: "Cox regression",
    Method.RMST: "Restricted mean time",
    Method.GRAY: "Gray's test",
    Method.FINE_GRAY: "Fine-Gray regression",
    Method.FIRTH: "Firth's logistic regression",
    Method.NEGATIVE_BINOMIAL: "Relapse rates, negative binomial",
    Method.REPEATED_MEASURES: "EDSS year by year, repeated measures",
    Method.OVERLAP_WEIGHTS: "Overlap weights",
    Method.E_VALUE: "E-value",
    Method.TIPPING_POINT: "Tipping point",
}
_ANSWERS: Mapping[Method, Callable[[_Question], Answer]] = {
    Method.KAPLAN_MEIER: _kaplan_meier,
    Method.LOG_RANK: _log_rank,
    Method.COX: _cox,
    Method.RMST: _rmst,
    Method.GRAY: _gray,
    Method.FINE_GRAY: _fine_gray,
    Method.FIRTH: _firth,
    Method.NEGATIVE_BINOMIAL: _negative_binomial,
    Method.REPEATED_MEASURES: _repeated,
    Method.OVERLAP_WEIGHTS: _overlap,
    Method.E_VALUE: _e_value,
    Method.TIPPING_POINT: _tipping,
}


def p_text(value: float | None) -> str:
    """Return a p value as a paper prints it.

    Examples
    --------
    >>> p_text(0.00004), p_text(0.0123), p_text(0.52)
    ('p < 0.001', 'p = 0.012', 'p = 0.52')
    """
    if value is None or np.isnan(value):
        return "p not known"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def _number(term: str, values: Sequence[Any], unit: str = "", p_value: float | None = None) -> Number:
    estimate, low, high = (None if v is None or not np.isfinite(v) else float(v) for v in values)
    return Number(term=term, estimate=estimate, low=low, high=high, p_value=p_value, unit=unit)


def _ratios(coefficients: Any, what: str, groups: Groups) -> list[Number]:
    """Return exponentiated coefficients; the intercept of a rate is left out."""
    frame = coefficients.to_frame(ratios=True)
    rows = [row for row in frame.iter_rows(named=True) if not row["term"].startswith("(")]
    return [
        _number(_term(what, row["term"], groups), (row["ratio"], row["low"], row["high"]), "", row["p_value"])
        for row in rows
    ]


def _term(what: str, name: str, groups: Groups) -> str:
    return f"{what}, {name} against {groups.names[0]}" if name in groups.others else f"{what}, {name}"


def _ratio_text(groups: Groups, numbers: Sequence[Number], what: str) -> str:
    """Return the ratios of groups in words; those of covariates stand in the table only."""
    parts = []
    for name, number in zip(groups.others, numbers, strict=False):
        ends = [number.low, number.high]
        limits = " to ".join("no limit" if end is None else f"{end:.2f}" for end in ends)
        value = "not known" if number.estimate is None else f"{number.estimate:.2f}"
        parts.append(f"{name} against {groups.names[0]} {what} {value} ({limits}; {p_text(number.p_value)})")
    return "; ".join(parts)


def _interval(values: Sequence[float], decimals: int, unit: str = "") -> str:
    value, low, high = values
    return f"{value:.{decimals}f}{unit} ({low:.{decimals}f} to {high:.{decimals}f})"


def _event(timed: Timed) -> str:
    return in_a_sentence(timed.label)


def _people(groups: Groups, timed: Timed) -> str:
    """Return events and people of every group."""
    parts = []
    for name in groups.names:
        own = timed.group == name
        parts.append(f"{int(timed.event[own].sum())} of {int(own.sum())} people with {name}")
    return f"events in {', '.join(parts)}"


def _by_then(groups: Groups, timed: Timed) -> str:
    parts = []
    for name in groups.names:
        own = timed.rows.filter(pl.col("group") == name)
        parts.append(f"{own['happened'].sum()} of {own.height} people with {name}")
    return f"events by then in {', '.join(parts)}"


def _competing(timed: Timed) -> str:
    count = int((timed.status == 2).sum())
    return f"{count} competing death{'' if count == 1 else 's'}"


def _left_out(unknown: Mapping[str, int], lacking: int, nowhere: int) -> str:
    parts = [f"{count} of {name}: the data cannot say" for name, count in unknown.items() if count]
    parts += [f"{lacking} without a value that the statistic needs"] if lacking else []
    parts += [f"{nowhere} of whom no group is recorded"] if nowhere else []
    return "; ".join(parts)


def _with_early(left_out: str, early: int, years: float) -> str:
    part = f"{early} whose follow-up ended before {years:g} years" if early else ""
    return "; ".join(text for text in (left_out, part) if text)


def _strata(q: _Question, timed: Timed) -> np.ndarray | None:
    """Return one label per person made of all strata, or None."""
    if not q.asked.strata:
        return None
    return timed.rows.select(pl.concat_str([pl.col(str(s)).cast(pl.String) for s in q.asked.strata], separator="|"))[
        :, 0
    ].to_numpy()


def _listed(words: Sequence[object]) -> str:
    said = [str(word).replace("_", " ") for word in words]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _months(*days: float) -> tuple[float, ...]:
    return tuple(value / _DAYS_PER_MONTH for value in days)


def _exp(value: float) -> float:
    return float(np.exp(value))
