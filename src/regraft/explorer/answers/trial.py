"""Many simulated trials of one protocol: how far apart they fall, one of them, and what was published beside them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from regraft.analysis.binomial import exact_interval
from regraft.analysis.survival import free_at_by_trial, kaplan_meier
from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import results_text
from regraft.api.protocols import Protocol, protocol
from regraft.api.requests import TrialRequest
from regraft.api.simulate import Run, planned
from regraft.core.arrays import Floats
from regraft.core.nouns import plural
from regraft.endpoints.derive import Derived
from regraft.endpoints.endpoint import Group, in_a_sentence
from regraft.explorer.answers.words import count_of, percent, with_interval
from regraft.explorer.kept import Answer, File, Progress
from regraft.explorer.plot import Axis, Plot
from regraft.replication.predictive import LEAST_REPLICATES
from regraft.replication.published import PublishedRow
from regraft.replication.replicate import Watch, reenact
from regraft.report.from_run import results_of, simulated_contents
from regraft.report.page import Page, render
from regraft.report.rtf import table_files
from regraft.report.simulated import simulated_page
from regraft.study.tables import Study
from regraft.trial.run import compile_trial

_DAYS = 365.25
_MOMENTS = 80
_SAFETY = ("death", "treatment_related_death", "sos_ebmt2016")


def trial(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Simulate, and return the page of the trial with its files."""
    request = TrialRequest(**asked)
    seen: list[pl.DataFrame] = []
    run = simulated(request, on_done, seen)
    document = run.document(request.command())
    files = {
        "results.json": File(kind="application/json", content=results_text(document).encode()),
        "endpoints.csv": File(kind="text/csv", content=run.summary.write_csv().encode()),
        **{name: File(kind="application/toml", content=text.encode()) for name, text in request.files().items()},
    }
    return Answer(shown=_shown(request, run, pl.concat(seen), document), files=files)


def _events(study: Study, derived: Derived) -> pl.DataFrame:
    """Return what is known of every endpoint of every person, and the arm."""
    arms = study.table("subjects").select("subject_id", "arm")
    events = derived.events.select("subject_id", "trial_number", "endpoint", "status", "time_days")
    known = events.filter((pl.col("status") != "unknown") & pl.col("time_days").is_not_null())
    return known.join(arms, on="subject_id")


def report(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Simulate again, and return the whole report and its tables as RTF."""
    request = TrialRequest(**asked)
    run = simulated(request, on_done)
    page: Page = simulated_page(simulated_contents(run.results, request.command(), run.call))
    return Answer(shown={"title": page.title, "simulated": True}, files=report_files(page))


def report_files(page: Page) -> dict[str, File]:
    """Return a report and its tables."""
    tables = {name: File(kind="application/rtf", content=content) for name, content in table_files(page).items()}
    return {"report.html": File(kind="text/html; charset=utf-8", content=render(page).encode()), **tables}


def simulated(request: TrialRequest, on_done: Progress, seen: list[pl.DataFrame] | None = None) -> Run:
    """Simulate the trials of a request; a changed protocol is read from its file, as the command would.

    `seen` is given what is known of every person of all trials.
    """
    with TemporaryDirectory() as folder:
        for name, text in request.files().items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        chosen = protocol(Path(folder) / request.file if request.changes else request.protocol)
    plan = planned(chosen.settings, seed=request.seed)
    compile_trial(plan)
    made = call(
        "rg.simulate",
        Protocol(chosen.settings, call("rg.protocol", request.file)),
        replicates=request.trials,
        seed=request.seed,
    )
    asked = plan.protocol.endpoints
    shown = frozenset((asked.primary, *asked.reported, *_SAFETY))
    watch = None if seen is None else Watch(endpoints=shown, see=lambda *trials: seen.append(_events(*trials)))
    done = reenact(plan, plan.protocol.patients, request.trials, cores(0), on_done, watch)
    return Run(results_of(done, plan), made)


def _shown(request: TrialRequest, run: Run, events: pl.DataFrame, document: dict[str, Any]) -> dict[str, Any]:
    done, settings = run.results.done, run.protocol
    years = min(settings.endpoints.primary_years, run.results.plan.years)
    catalogue = done.derived.catalogue
    primary = settings.endpoints.primary
    arms: list[str | None] = [arm.name for arm in settings.arm] or [None]
    panels = [_panel(_of(events, primary, arm), request.trials, years, run, arm) for arm in arms]
    names = [
        name
        for name in dict.fromkeys((primary, *settings.endpoints.reported))
        if name in catalogue.endpoints and catalogue.endpoints[name].group in {Group.ACTIVITY, Group.DISABILITY}
    ]
    rows = [
        _endpoint_row(catalogue.label(name), arm, _of(events, name, arm), request.trials, years)
        for name in names
        for arm in arms
    ]
    safety = [
        _safety_row(catalogue.label(name), arm, _of(events, name, arm))
        for name in _SAFETY
        for arm in arms
        if name in catalogue.endpoints
    ]
    return {
        "title": settings.title,
        "primary": catalogue.label(primary),
        "years": f"{years:g}",
        "trials": request.trials,
        "people": request.people,
        "sentence": _sentence(in_a_sentence(catalogue.label(primary)), panels, request, years),
        "panels": [{"title": one["title"], "table": one["table"]} for one in panels],
        "figures": [one["plot"].shown() for one in panels],
        "endpoints": [row for row in rows if row is not None],
        "safety": [row for row in safety if row is not None],
        "published": [_published_row(row) for row in run.published_rows if row.predicted is not None],
        "not_simulated": [_published_row(row) for row in run.published_rows if row.predicted is None],
        "flow": _flow(document["flow"]),
        "cautions": document["cautions"],
        "holds": document["intervals_hold"],
        "assumed": document["origins"]["model parameters"],
        "changed": bool(request.changes),
    }


def _of(events: pl.DataFrame, endpoint: str, arm: str | None) -> pl.DataFrame:
    """Return one endpoint, of one arm where there are arms."""
    known = events.filter(pl.col("endpoint") == endpoint)
    return known if arm is None else known.filter(pl.col("arm") == arm)


def _free(known: pl.DataFrame, trials: int, years: float) -> Floats:
    """Return the share free of an event at a time in every trial, in percent; NaN where it cannot be said."""
    return 100.0 * free_at_by_trial(
        known["trial_number"].to_numpy().astype(np.int64),
        known["time_days"].to_numpy().astype(np.float64),
        (known["status"] == "event").to_numpy(),
        trials,
        years * _DAYS,
    )


def _range(values: Floats) -> tuple[float, float, float] | None:
    """Return the median over trials and what 95 of 100 of them lie between; None for too few trials."""
    known = values[np.isfinite(values)]
    if len(known) < LEAST_REPLICATES:
        return None
    low, middle, high = np.quantile(known, [0.025, 0.5, 0.975])
    return float(low), float(middle), float(high)


def _panel(known: pl.DataFrame, trials: int, years: float, run: Run, arm: str | None) -> dict[str, Any]:
    longest = run.results.plan.years
    moments = np.linspace(0.0, longest, _MOMENTS)
    every = np.array([_free(known, trials, float(moment)) for moment in moments])
    enough = np.isfinite(every).sum(axis=1) >= max(LEAST_REPLICATES, trials // 2)
    last = float(moments[np.flatnonzero(enough)[-1]]) if enough.any() else longest
    label = run.results.done.derived.catalogue.label(run.protocol.endpoints.primary)
    drawn = Plot(
        x=Axis(low=0.0, high=max(1.0, last), title="years after day 0"),
        y=Axis(low=0.0, high=100.0, title=f"{label} [%]"),
        label="",
    )
    table = []
    for moment in sorted({years, *(float(one) for one in drawn.x.ticks() if 0 < one <= last)}):
        found = _range(_free(known, trials, moment))
        table.append((f"{moment:g}", "" if found is None else percent(found[1]), _between(found)))
    if enough.any():
        low, middle, high = (_ranks(every[enough], share) for share in (0.025, 0.5, 0.975))
        drawn.stepped_area(list(moments[enough]), list(low), list(high), "band")
        drawn.steps(list(moments[enough]), list(middle), "middle")
        drawn.legend += [("band", f"95 of 100 of the {trials} trials"), ("middle", "middle of the trials")]
    first = known.filter(pl.col("trial_number") == 0)
    if first.height:
        curve = kaplan_meier(first["time_days"].to_numpy(), (first["status"] == "event").to_numpy())
        xs = [0.0, *(curve.time / _DAYS)]
        drawn.steps(xs, [100.0, *(100.0 * curve.survival)], "one")
        drawn.legend.append(("one", "one of these trials"))
    for point in run.published_survival if arm is None else ():
        if point.endpoint == run.protocol.endpoints.primary:
            below, above = (None if end is None else 100.0 * end for end in (point.low, point.high))
            drawn.mark(point.years, 100.0 * point.share, below, above, f"{point.label} {100 * point.share:.1f}%")
            drawn.legend.append(("mark", point.label))
    here = _range(_free(known, trials, years))
    drawn.label = f"SIMULATED. {label}{'' if arm is None else ', ' + arm}: {_at(here, years, trials)}"
    return {"title": arm or "", "plot": drawn, "table": table, "range": here}


def _ranks(every: Floats, share: float) -> Floats:
    return np.asarray(np.nanquantile(every, share, axis=1))


def _between(found: tuple[float, float, float] | None) -> str:
    return f"too few trials: it takes {LEAST_REPLICATES}" if found is None else f"{found[0]:.0f} to {found[2]:.0f}"


def _at(found: tuple[float, float, float] | None, years: float, trials: int) -> str:
    if found is None:
        return f"no range is given, because it takes {LEAST_REPLICATES} trials and {trials} were simulated."
    low, middle, high = found
    return (
        f"at {years:g} years 95 of 100 such trials fall between {low:.0f}% and {high:.0f}%, the middle one at "
        f"{middle:.0f}%."
    )


def _sentence(label: str, panels: list[dict[str, Any]], request: TrialRequest, years: float) -> str:
    told = "; ".join(
        (f"{one['title']}: " if one["title"] else "") + _at(one["range"], years, request.trials).rstrip(".")
        for one in panels
    )
    return f"{plural(request.trials, 'simulated trial')} of {request.people} people, {label}: {told}."


def _endpoint_row(label: str, arm: str | None, known: pl.DataFrame, trials: int, years: float) -> dict[str, Any] | None:
    if known.is_empty():
        return None
    found = _range(_free(known, trials, years))
    first = known.filter(pl.col("trial_number") == 0)
    one = "nobody to judge"
    if first.height:
        curve = kaplan_meier(first["time_days"].to_numpy(), (first["status"] == "event").to_numpy())
        share, low, high = curve.at(years * _DAYS)
        at_risk = int(curve.number_at_risk(years * _DAYS))
        if share in {0.0, 1.0}:
            people = max(at_risk, 1)
            low, high = exact_interval(people if share else 0, people)
        one = with_interval(100.0 * share, 100.0 * low, 100.0 * high)
    return {
        "label": label + (f", {arm}" if arm else ""),
        "middle": "" if found is None else percent(found[1]),
        "range": _between(found),
        "one": one,
    }


def _safety_row(label: str, arm: str | None, known: pl.DataFrame) -> dict[str, Any] | None:
    if known.is_empty():
        return None
    first = known.filter(pl.col("trial_number") == 0)
    happened = pl.col("status") == "event"
    return {
        "label": label + (f", {arm}" if arm else ""),
        "all": count_of(known.filter(happened).height, known.height),
        "one": count_of(first.filter(happened).height, first.height),
    }


def _published_row(row: PublishedRow) -> dict[str, Any]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.3g}"

    interval = "" if row.published_low is None else f"{number(row.published_low)} to {number(row.published_high)}"
    predicted = "" if row.predicted_low is None else f"{number(row.predicted_low)} to {number(row.predicted_high)}"
    return {
        "label": row.label,
        "study": row.study,
        "unit": row.unit,
        "published": number(row.published),
        "interval": interval or ("" if row.published_n is None else f"of {row.published_n}"),
        "simulated": number(row.predicted) or "not simulated",
        "range": predicted,
        "inside": {True: "yes", False: "no", None: ""}[row.inside],
    }


def _flow(flow: dict[str, int]) -> list[tuple[str, int]]:
    words = {
        "screened": "simulated people screened",
        "enrolled": "enrolled",
        "transplanted": "transplanted",
        "not_transplanted": "enrolled, not transplanted",
        "withdrew": "withdrew",
        "died": "died",
    }
    return [(said, flow[name]) for name, said in words.items()]
