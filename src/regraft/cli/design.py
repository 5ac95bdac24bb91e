"""`regraft design`: bounds, monitor, forecast and final of a design file; no simulator is loaded."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import AsJson, finite

if TYPE_CHECKING:
    from regraft.design.file import Design
    from regraft.design.looks.boundaries import Boundaries
    from regraft.design.recruitment import Forecast

File = Annotated[str, typer.Argument(help="Design file (TOML), or the name of one that comes with regraft.")]
_RATIOS = (0.5, 1.0, 2.0, 3.0)  # true probabilities of harm, as multiples of the accepted one


def bounds(file: File, as_json: AsJson = False) -> None:
    """Show the boundaries of a design on every scale, its errors, and its safety rules."""
    from regraft.cli.tables import print_json, print_table, tell
    from regraft.design.file import load_design

    design = load_design(file)
    looks = _looks(design) if design.looks is not None else None
    safety = [_safety(one) for one in design.safety]
    if as_json:
        print_json({"design": design.name, "looks": looks, "safety": safety})
        return
    if looks is not None and design.looks is not None:
        header = ("look", "share", "efficacy z", "p", "HR", "futility z", "HR", "cond. power there")
        rows = [[_shown(row[key]) for key in _LOOK_KEYS] for row in looks["looks"]]
        print_table(f"Looks of {design.name}, by {design.looks.by.value}", header, rows)
        tell(_errors_said(looks))
    for one in safety:
        stops = ", ".join(f"{step['events']} of at most {step['people']}" for step in one["stop_at"])
        tell(f"\n{one['counts']} in {one['arm']} ({one['rule']}): {one['then']} at {stops}.")
        for at in one["operating"]:
            tell(
                f"  true rate {at['true_pct']:.3g}%: stops with {at['stop']:.3f}, after "
                f"{at['expected_people']:.1f} people and {at['expected_events']:.2f} events on average"
            )
    if looks is None and not safety:
        tell(f"{design.name}: no looks and no safety rule in the file.")


_LOOK_KEYS = (
    "look",
    "share",
    "efficacy_z",
    "efficacy_p",
    "efficacy_hazard_ratio",
    "futility_z",
    "futility_hazard_ratio",
    "futility_conditional_power",
)


def _looks(design: "Design") -> dict[str, Any]:
    """Return boundaries on every scale, with both type I errors and what they cost."""
    from regraft.design.looks.characteristics import expected_ratio, type_one
    from regraft.design.planned import planned_boundaries, planned_events

    found = planned_boundaries(design)
    errors, expected = type_one(found), expected_ratio(found)
    events = planned_events(design)
    return {
        "looks": [_look(found, k, events, design.hypothesis.experimental_share) for k in range(found.fractions.size)],
        "alpha": found.alpha,
        "power": 1.0 - found.beta,
        "binding": found.binding,
        "type_one_futility_obeyed": errors.futility_obeyed,
        "type_one_futility_overruled": errors.futility_overruled,
        "inflation": found.inflation,
        "expected_share_alternative": expected.alternative / found.inflation,
        "expected_share_null": expected.null / found.inflation,
    }


def _look(found: "Boundaries", k: int, events: tuple[float, ...] | None, share: float) -> dict[str, Any]:
    from math import isfinite

    from regraft.design.looks.conditional import Seen, conditional_power, drift_seen
    from regraft.design.looks.scales import hazard_ratio_of_z, one_sided_p

    upper, lower = float(found.upper[k]), float(found.lower[k])
    last = k + 1 == found.fractions.size

    def ratio(z: float) -> float | None:
        return hazard_ratio_of_z(z, events[k], share) if events is not None and isfinite(z) else None

    power = None
    if not last and isfinite(lower):
        seen = Seen(look=k + 1, z=lower)
        power = conditional_power(found, seen, drift_seen(found, seen))
    return {
        "look": k + 1,
        "share": float(found.fractions[k]),
        "events": events[k] if events is not None else None,
        "efficacy_z": upper if isfinite(upper) else None,
        "efficacy_p": one_sided_p(upper) if isfinite(upper) else None,
        "efficacy_hazard_ratio": ratio(upper),
        "futility_z": lower if isfinite(lower) and not last else None,
        "futility_hazard_ratio": None if last else ratio(lower),
        "futility_conditional_power": power,
    }


def _errors_said(looks: dict[str, Any]) -> str:
    said = (
        f"One-sided type I error {looks['type_one_futility_overruled']:.5f} if futility is overruled, "
        f"{looks['type_one_futility_obeyed']:.5f} if it is obeyed; futility "
        f"{'binds: it must be obeyed' if looks['binding'] else 'does not bind'}."
    )
    return (
        f"{said}\nPower {looks['power']:.3g} needs {looks['inflation']:.4f} times the information of a trial without "
        f"looks; on average {looks['expected_share_alternative']:.1%} of it is used if the effect is as planned, "
        f"{looks['expected_share_null']:.1%} if there is none."
    )


def _safety(asked: Any) -> dict[str, Any]:
    from dataclasses import asdict
    from math import isfinite

    from regraft.design.planned import safety_boundary
    from regraft.design.safety.evaluable import safety_operating

    found = safety_boundary(asked)
    null = asked.null_pct / 100.0
    at = [safety_operating(found, min(1.0, ratio * null)) for ratio in _RATIOS]
    return {
        "counts": asked.counts,
        "arm": asked.arm,
        "rule": asked.rule.value,
        "then": asked.then.value,
        "alpha": found.alpha,
        "constant": found.constant if isfinite(found.constant) else None,  # counts have none
        "stop_at": [asdict(step) for step in found.steps()],
        "operating": [
            {
                "true_pct": 100.0 * one.probability,
                "stop": one.stop,
                "expected_people": one.expected_people,
                "expected_events": one.expected_events,
            }
            for one in at
        ],
    }


def monitor(
    file: File,
    look: Annotated[int | None, typer.Option(min=1, help="Number of the look, from 1.")] = None,
    z: Annotated[
        float | None, typer.Option("--z", callback=finite, help="Statistic, positive for the experimental arm.")
    ] = None,
    information: Annotated[
        float | None, typer.Option(min=0.0, callback=finite, help="What the looks count (events), as it is now.")
    ] = None,
    harm: Annotated[int | None, typer.Option(min=0, help="Harmful events so far, for the first safety rule.")] = None,
    of: Annotated[int | None, typer.Option(min=1, help="Evaluable people among whom they were counted.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a design decides at a look of a real trial, or at a count of harm."""
    from regraft.cli.tables import print_json, tell
    from regraft.core.errors import InputError
    from regraft.design.file import load_design
    from regraft.design.planned import safety_boundary

    design = load_design(file)
    document: dict[str, Any] = {"design": design.name}
    if (look is None) != (z is None) or (harm is None) != (of is None) or (look is None and harm is None):
        raise InputError("monitor: give --look with --z, or --harm with --of, or all four.")
    if look is not None and z is not None:
        document["look"] = _decided(design, look, z, information)
    if harm is not None and of is not None:
        if not design.safety:
            raise InputError(f"design {design.name!r} has no safety rule. Add [[safety]] to its file.")
        met = safety_boundary(design.safety[0]).stops(harm, of)
        document["safety"] = {
            "events": harm,
            "people": of,
            "met": met,
            "then": design.safety[0].then.value if met else None,
        }
    if as_json:
        print_json(document)
        return
    for line in _decision_said(document):
        tell(line)


def _decided(design: "Design", look: int, z: float, information: float | None) -> dict[str, Any]:
    """Return the decision at a look, with updated bounds and what may still be shown."""
    import numpy as np

    from regraft.core.errors import InputError
    from regraft.design.looks.boundaries import boundaries
    from regraft.design.looks.conditional import NormalBelief, Seen, conditional_power, drift_seen, predictive_power
    from regraft.design.planned import look_plan, updated_plan

    found = boundaries(look_plan(design) if information is None else updated_plan(design, look, information))
    looks = found.fractions.size
    if look > looks:
        raise InputError(f"look {look}: the design has {looks}. Give one of those.")
    upper, lower = float(found.upper[look - 1]), float(found.lower[look - 1])
    last = look == looks
    decision = "efficacy" if z >= upper else "futility" if z < lower else "go on"
    told: dict[str, Any] = {
        "look": look,
        "share": float(found.fractions[look - 1]),
        "z": z,
        "decision": "not shown" if last and decision == "futility" else decision,
        "binding": found.binding,
        "efficacy_z": upper if np.isfinite(upper) else None,
        "futility_z": lower if np.isfinite(lower) and not last else None,
        "bounds_to_come": [float(b) for b in found.upper[look:]],
    }
    if not last:
        seen = Seen(look=look, z=z)
        flat = NormalBelief(mean=0.0, standard_deviation=np.inf)
        told["conditional_power"] = {
            "observed": conditional_power(found, seen, drift_seen(found, seen)),
            "planned": conditional_power(found, seen, found.drift),
            "none": conditional_power(found, seen, 0.0),
        }
        told["predictive_power"] = predictive_power(found, seen, flat)
    return told


def _decision_said(document: dict[str, Any]) -> list[str]:
    lines = []
    if "look" in document:
        at = document["look"]
        lines.append(
            f"Look {at['look']} at {at['share']:.1%} of the information: z {at['z']:.3f}, efficacy from "
            f"{_shown(at['efficacy_z'])}, futility below {_shown(at['futility_z'])}: {at['decision']}."
        )
        if at["decision"] == "futility" and not at["binding"]:
            lines.append("Futility does not bind: the trial may go on without inflating its type I error.")
        if "conditional_power" in at:
            power = at["conditional_power"]
            lines.append(
                f"Conditional power {power['observed']:.3f} under the effect observed, "
                f"{power['planned']:.3f} under that planned, {power['none']:.3f} under none; "
                f"predictive power {at['predictive_power']:.3f}."
            )
            lines.append(f"Efficacy bounds to come: {', '.join(_shown(b) for b in at['bounds_to_come'])}.")
    if "safety" in document:
        at = document["safety"]
        answer = f"the rule is met: {at['then']}" if at["met"] else "the rule is not met"
        lines.append(f"{at['events']} events among {at['people']} people: {answer}.")
    return lines


def forecast(
    file: File,
    recruited: Annotated[
        list[str] | None, typer.Option(help="Recruits of a site by a month, as SITE=N@MONTH; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast when a design has its patients, from what its sites have recruited so far."""
    from dataclasses import asdict

    from regraft.cli.tables import print_json, tell
    from regraft.core.errors import InputError
    from regraft.design.file import Clock, load_design
    from regraft.design.planned import planned_recruitment
    from regraft.design.recruitment import month_of

    design = load_design(file)
    counts, now = _recruited(tuple(recruited or ()))
    asked = planned_recruitment(design, counts, now)
    assert design.recruitment is not None
    goals = [design.recruitment.patients]
    if design.looks is not None and design.looks.by is Clock.PATIENTS and design.looks.at:
        goals = sorted({*(int(n) for n in design.looks.at), *goals})
    goals = [goal for goal in goals if goal > asked.recruited]
    if not goals:
        raise InputError(f"recruited: {asked.recruited} patients, and the design asks for no more.")
    told = {goal: month_of(asked, goal) for goal in goals}
    if as_json:
        print_json(
            {
                "design": design.name,
                "recruited": asked.recruited,
                "now_month": now,
                "patients": [{"patients": goal, **_finite(asdict(one))} for goal, one in told.items()],
            }
        )
        return
    tell(f"{design.name}: {asked.recruited} recruited by month {now:g}.")
    for goal, one in told.items():
        tell(f"{goal} patients: {_months_said(one)}")


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """Return a forecast in which never is null."""
    from math import isfinite

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return [plain(part) for part in value]
        return value if isfinite(value) else None

    return {name: plain(value) for name, value in values.items()}


def _months_said(one: "Forecast") -> str:
    from math import isfinite

    def month(value: float) -> str:
        return f"{value:.1f}" if isfinite(value) else "never"

    return (
        f"month {month(one.median)} (half of forecasts {month(one.half[0])} to {month(one.half[1])}, "
        f"95% {month(one.wide[0])} to {month(one.wide[1])})"
    )


def _recruited(given: tuple[str, ...]) -> tuple[dict[str, int], float]:
    """Return recruits by site and the month they were counted in."""
    import re

    from regraft.core.errors import InputError

    counts: dict[str, int] = {}
    months: set[float] = set()
    for text in given:
        match = re.fullmatch(r"(.+)=(\d+)@(\d+(?:\.\d+)?)", text)
        if match is None or match.group(1) in counts:
            raise InputError(f"recruited {text!r}: write SITE=N@MONTH, each site once, such as A=7@12.")
        counts[match.group(1)] = int(match.group(2))
        months.add(float(match.group(3)))
    if len(months) > 1:
        raise InputError(
            f"recruited: counted in months {', '.join(f'{m:g}' for m in sorted(months))}. Count all in one."
        )
    return counts, months.pop() if months else 0.0


def final(
    file: File,
    z: Annotated[list[float], typer.Option("--z", help="Statistic at each look up to the stop, in order.")],
    root_information: Annotated[
        float | None,
        typer.Option(min=0.0, callback=finite, help="Root of the information at the last look, for effects."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a trial with looks has shown when it stops: p, median-unbiased estimate, repeated interval."""
    from dataclasses import asdict

    from regraft.cli.tables import print_json, tell
    from regraft.core.errors import InputError
    from regraft.design.file import load_design
    from regraft.design.looks.final import final_inference
    from regraft.design.planned import look_plan

    if root_information == 0.0 or any(finite(one) != one for one in z):
        raise InputError("final: --root-information must be above 0, and every --z a number.")
    design = load_design(file)
    found = final_inference(look_plan(design), tuple(z))
    scale = root_information or 1.0
    document = {
        "design": design.name,
        "look": len(z),
        "scale": "effect" if root_information else "drift: mean of z at the last look",
        "p_value": found.p_value,
        "median_unbiased": asdict(found.median_unbiased.over(scale)),
        "naive": found.naive / scale,
        "repeated": asdict(found.repeated.over(scale)),
        "repeated_p_value": found.repeated_p_value,
    }
    if as_json:
        print_json(document)
        return
    unbiased, repeated = found.median_unbiased.over(scale), found.repeated.over(scale)
    tell(
        f"Stopped at look {len(z)}, one-sided p: stage-wise {found.p_value:.6f}, repeated {found.repeated_p_value:.6f}."
    )
    tell(f"Median-unbiased {unbiased.value:.5f} ({unbiased.low:.5f} to {unbiased.high:.5f}), as {document['scale']}.")
    tell(f"Naive {found.naive / scale:.5f}, repeated interval {repeated.low:.5f} to {repeated.high:.5f}.")


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.4f}"
