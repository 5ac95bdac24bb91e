"""`regraft evidence pool`: one endpoint over the published studies, with a prediction interval and a forest plot."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import FILE, AsJson, Replace, finite

if TYPE_CHECKING:
    from regraft.analysis.evidence_pool import EvidencePool

_SUFFIXES = (".svg", ".png", ".pdf")
_CAUTION = (
    "Definitions, follow-up and regimens differ between studies (`regraft evidence show STUDY`). Share of n: counts "
    "rounded\n"
    "from a published share, censoring not counted. A pooled number that contains studies of role score or context is\n"
    "shown only; it may not enter a fit."
)


def pool(
    endpoint: Annotated[str, typer.Argument(help="Endpoint as `regraft evidence show` names it.")],
    years: Annotated[
        float | None, typer.Option(callback=finite, help="Time after transplantation; without it, the longest.")
    ] = None,
    window: Annotated[
        float, typer.Option(min=0.0, callback=finite, help="How many years a result may lie from --years.")
    ] = 1.0,
    arm: Annotated[str, typer.Option(help="Arm of the studies.")] = "ahsct",
    subgroup: Annotated[list[str] | None, typer.Option(help="Results about this subgroup; may be repeated.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Roles taken: fit, score, context; may be repeated.")] = None,
    level: Annotated[
        float, typer.Option(min=50.0, max=99.9, callback=finite, help="Coverage of the intervals, percent.")
    ] = 95.0,
    out: Annotated[Path | None, typer.Option(help="Write a forest plot here (.svg, .png or .pdf)." + FILE)] = None,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Pool an endpoint over the published studies: random effects, one study of each cohort group."""
    from regraft.analysis.evidence_entries import Question
    from regraft.analysis.evidence_pool import pool_evidence
    from regraft.cli.output import reserved_if_asked, say
    from regraft.cli.tables import print_json

    question = Question(
        endpoint=endpoint,
        arm=arm,
        subgroups=tuple(subgroup or ()),
        years=years,
        window=window,
        roles=_roles(role),
        level=level / 100.0,
    )
    if out is not None:
        _refuse_suffix(out)
    with reserved_if_asked(out, replace=replace) as file:
        pooled = pool_evidence(question)
        if file is not None:
            file.write(_drawn(pooled, file.place.path.suffix.lower()))
            say(f"Forest plot: {out}")
    if as_json:
        print_json(pooled.document())
        return
    _print(pooled)


def _refuse_suffix(out: Path) -> None:
    from regraft.core.errors import FileProblem

    if out.suffix.lower() not in _SUFFIXES:
        raise FileProblem(out, "is no kind of figure regraft writes", f"Use one of {', '.join(_SUFFIXES)}.")


def _drawn(pooled: "EvidencePool", suffix: str) -> bytes:
    """Return the forest plot in the format of a suffix; without a date, so that it is the same every time."""
    from io import BytesIO

    from regraft.figures.pool_forest import draw_pool_forest
    from regraft.figures.style import our_style

    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}[suffix]
    drawn = BytesIO()
    with our_style():
        draw_pool_forest(pooled).savefig(drawn, format=suffix[1:], bbox_inches="tight", dpi=200, metadata=undated)
    return drawn.getvalue()


def _roles(names: "list[str] | None") -> "tuple":
    from regraft.core.errors import InputError, nearest
    from regraft.evidence.schema import Role

    known = {str(one): one for one in (Role.FIT, Role.SCORE, Role.CONTEXT)}
    for name in names or ():
        if name not in known:
            raise InputError(f"--role {name!r}: no role of results. {nearest(name, known)}")
    return tuple(known[name] for name in names) if names else tuple(known.values())


def _print(pooled: "EvidencePool") -> None:
    from regraft.cli.tables import print_table, tell

    percent = pooled.pooled.scale == "logit"
    rows = []
    for entry, weight in zip(pooled.entries, pooled.weights, strict=True):
        who = entry.study if entry.subgroup is None else f"{entry.study}, {entry.subgroup}"
        time = "" if entry.time_years is None else f"{entry.time_years:g} y"
        shown = show(entry.value, entry.low, entry.high, percent=percent)
        shown += "" if abs(entry.level - pooled.question.level) < 1e-9 else f" ({100 * entry.level:g}% interval)"
        counts = "" if entry.effective is None else f"{entry.effective[0]}/{entry.effective[1]}"
        checked = str(entry.confidence)
        rows.append(
            [who, entry.cohort_group, str(entry.role), time, shown, counts, str(entry.basis), checked, f"{weight:.1f}%"]
        )
    header = ["study", "cohort group", "role", "at", "value (limits)", "events/n", "basis", "checked", "weight"]
    title = f"{pooled.question.endpoint}: {len(pooled.entries)} studies, one of each cohort group"
    print_table(title, header, rows)
    for line in describe(pooled):
        tell(line)
    if pooled.left_out:
        tell("\nLeft out:")
        for one in pooled.left_out:
            tell(f"  {one.study}: {one.why}")
    tell(f"\n{_CAUTION}")


def describe(pooled: "EvidencePool") -> list[str]:
    """Return the pooled results in sentences."""
    p, percent, level = pooled.pooled, pooled.pooled.scale == "logit", f"{100 * pooled.question.level:g}%"
    without, b = pooled.without_floor, pooled.proportion
    limits = show(p.back(p.estimate), p.back(p.low), p.back(p.high), percent=percent)
    bare = show(p.back(p.estimate), p.back(without.low), p.back(without.high), percent=percent)
    first, last = (_plain(p.back(number), percent=percent) for number in (p.prediction_low, p.prediction_high))
    tau2 = f"{p.tau2:.3g} ({p.tau2_low:.3g} to {p.tau2_high:.3g}"
    lines = [
        f"Random effects (REML), {level} Hartung-Knapp interval with floor: {limits}; without floor: {bare}.",
        f"A new study is expected between {first} and {last} ({level} prediction interval, t with {p.studies - 1} df).",
        (
            f"Between studies: tau2 {tau2}, Q-profile) on the {p.scale} scale, I2 {p.i2:.0f}%, Q {p.q:.1f} (p "
            f"{p.q_p_value:.2g})."
        ),
    ]
    if b is not None:
        shown = show(b.back(b.estimate), b.back(b.low), b.back(b.high), percent=True)
        expected = (
            f"{_plain(b.back(b.prediction_low), percent=True)} to {_plain(b.back(b.prediction_high), percent=True)}"
        )
        lines.append(f"Binomial-normal model (no correction for zero events): {shown}; new study {expected}.")
    return lines


def show(value: float, low: float, high: float, *, percent: bool) -> str:
    """Return a value with its limits, as percent or as it is.

    Examples
    --------
    >>> show(0.6957, 0.466, 0.842, percent=True)
    '69.6% (46.6 to 84.2)'
    """
    end = _plain(high, percent=percent).removesuffix("%")
    return f"{_plain(value, percent=percent)} ({_plain(low, percent=percent).removesuffix('%')} to {end})"


def _plain(value: float, *, percent: bool) -> str:
    """Return a number with one decimal of percent, more where that would read 0 or 100."""
    if not percent:
        return f"{value:.3g}"
    share = 100.0 * value
    inside = 0.0 < share < 100.0
    digits = next((d for d in range(1, 6) if 0.0 < round(share, d) < 100.0), 6) if inside else 0
    return f"{share:.{digits}f}%"
