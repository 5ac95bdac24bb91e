"""Condition all parameters on what was seen, and write the posterior that predictive runs live under.

python scripts/condition_parameters.py --first DIR --folder DIR [--draws 300] [--people 12] [--threads 2] [--out DIR]

Needs some 40 minutes of two cores. DIR of --first is what `regraft calibrate --out DIR` wrote: the first fit, from
which this one starts and whose spreads between studies it keeps. Published values that may be fitted are simulated
under draws of the calibrated quantities and of the sampled parameters, in parts that a stopped run goes on from. The
posterior, those without one cohort group each, and conditioned.npz go to --out; docs/conditioned.md says what came of
it.
"""

import argparse
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.special import expit

from regraft.calibration.condition import (
    Conditioning,
    Simulated,
    all_posteriors,
    chance_of,
    conditioning,
    draws_of,
    groups_of,
)
from regraft.calibration.held_rows import Held, held_rows
from regraft.calibration.joint_draws import JointRun, Observed, Shown, repeat_first, simulate_draws
from regraft.calibration.linear_bayes import IMPLAUSIBLE, Expected
from regraft.calibration.natural_history import natural_history_targets
from regraft.calibration.targets import TargetKind, load_targets
from regraft.calibration.treatment_rows import treatment_targets
from regraft.calibration.write_posterior import write_posterior
from regraft.core.conditioned import CONDITIONED_FILE, Conditioned, content_of
from regraft.core.doubt import CENTRAL_90
from regraft.core.parameters import load_parameters
from regraft.core.posterior import POSTERIOR_FOLDER, Posterior, load_posterior
from regraft.core.processes import Processes
from regraft.core.screen import SCREEN_FILE, load_screen
from regraft.writing.file import write_whole

SEED, STEPS, REPEATS, WIDTH, MOST, DRAWS_KEPT = 20161201, 3, 30, 128, 40, 4000
PAGE = Path(__file__).resolve().parents[1] / "docs" / "conditioned.md"


@dataclass(frozen=True)
class Asked:
    """How much is simulated, where, by how many, and the folder of the first fit."""

    run: JointRun
    first: Path
    draws: int
    checked: int
    folder: Path
    workers: Processes


@dataclass(frozen=True)
class Made:
    """What came of it: the conditioning, every posterior by the group it never saw, and what draws of it show."""

    conditioning: Conditioning
    first: Posterior
    posteriors: dict[str | None, Posterior]
    before: Shown
    checked: Shown


def first_fit(folder: Path) -> tuple[Posterior, dict[str, Posterior]]:
    """Return the posterior of the first fit, and each that never saw a cohort group, with the parameters to sample."""
    whole, screen = load_posterior(folder, of_ranges=True), load_screen(POSTERIOR_FOLDER)
    if whole is None or screen is None:
        sys.exit("no posterior or no screen: run regraft calibrate and scripts/screen_parameters.py first")
    groups = sorted(path.stem.removeprefix("without-") for path in folder.glob("without-*.csv"))
    found = {group: load_posterior(folder, group, of_ranges=True) for group in groups}
    without = {group: replace(one, screen=screen) for group, one in found.items() if one is not None}
    return replace(whole, screen=screen), without


def told(what: str) -> Callable[[int, int], None]:
    """Return what says how far a simulation is."""
    started = time.monotonic()

    def on_done(done: int, of: int) -> None:
        print(
            f"\r{what}: {done} of {of} parts, {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True
        )
        if done == of:
            print(file=sys.stderr)

    return on_done


def made(asked: Asked) -> Made:
    """Simulate, learn and update step by step, and simulate once more to see what came of it."""
    first, without = first_fit(asked.first)
    run, observed = asked.run, asked.run.observed
    there = draws_of(first, asked.draws)
    repeats = repeat_first(run, there, REPEATS, asked.folder, asked.workers, told("luck of people"))
    chance = chance_of(repeats, observed.targets)
    steps: list[Simulated] = []
    for step in range(STEPS):
        shown = simulate_draws(run, there, asked.folder, asked.workers, told(f"step {step + 1} of {STEPS}"))
        steps.append(Simulated(posterior=there, shown=shown))
        done = conditioning(steps, observed, chance)
        there = done.drawn(asked.draws)
    last = replace(there, z=there.z[: asked.checked])
    checked = simulate_draws(run, last, asked.folder, asked.workers, told("what came of it"))
    return Made(done, first, all_posteriors(done, first, without, DRAWS_KEPT), steps[0].shown, checked)


def page(asked: Asked, done: Made, digest: str) -> list[str]:
    """Return the page."""
    return [
        "# What was seen says something about all parameters",
        "",
        (
            f"Made by `scripts/condition_parameters.py` (regraft {version('regraft')}, {STEPS} steps of {asked.draws} "
            f"draws, {asked.run.people} people a draw and study, seed {asked.run.seed}), which wrote the posterior "
            f"{digest} from the first fit {done.first.digest}; never edited by hand. SIMULATED."
        ),
        "",
        "Why parameters are screened, sampled and conditioned: [decisions](decisions/parameter-uncertainty.md).",
        "",
        *explained(asked, done),
        *calibrated_rows(done),
        *moved_most(done),
        *rows_of(done, asked.run.observed.held),
    ]


def explained(asked: Asked, done: Made) -> list[str]:
    """Return what was done and what came of it, in words."""
    made_of, observed = done.conditioning, asked.run.observed
    before, after, alone = made_of.before(), made_of.after(), made_of.left_out()
    used, unused = made_of.used, made_of.told & ~made_of.used
    told = used & (before.of_model > 0.0)
    narrower = np.median(after.of_model[told] / before.of_model[told])
    far = ", ".join(f"`{t.key}`" for t, is_far in zip(made_of.targets, unused, strict=True) if is_far)
    sampled = len(done.first.sampled)
    paragraphs = [
        (
            f"{sum(entry.is_parameter for entry in done.first.calibrated)} parameters are calibrated, and [the "
            f"screen](screen.md) names {sampled} more that move a result. All of them are conditioned together on what "
            f"was seen: {len(observed.trials)} values of fitted studies, {len(observed.natural_history)} of natural "
            f"history and drugs, and {len(observed.treatment)} of the treatment itself (the numeric rows of `regraft "
            "verify treatment` with use `fit`). No study that is scored or only shown stands among them; the loaders "
            "refuse it."
        ),
        (
            "**How.** Every value is simulated under joint draws, and a linear surface over all quantities is learned "
            "on its fitted scale (few large effects chosen by the extended Bayesian criterion, Chen & Chen 2008, and a "
            "ridge for all others if it predicts draws left out better). Linear Bayes (Goldstein & Wooff 2007) moves "
            "all quantities from their priors and ranges at once; then draws of that are simulated, and all is done "
            f"again, {STEPS} times. Slopes are learned from the draws of all steps, the height of a surface and what "
            "it leaves unexplained from the last. The first fit (`regraft calibrate`) is only where the search starts. "
            "Errors: sampling at the published size, the model's own error as stated, times a factor that is learned "
            "here with the rest (a quarter logit, a tenth of a value for rows of the treatment: assumed), and what the "
            "surface leaves unexplained."
        ),
        (
            f"**What came of it.** Of the {int(used.sum())} values used, {inside(made_of, before, used)} lay in their "
            f"90% interval before and {inside(made_of, after, used)} do after; the interval of the model alone is "
            f"{narrower:.2f} times as wide (median). From the rows of other studies alone (ten folds of studies) "
            f"{inside(made_of, alone, used)} lie in theirs: the honest count. Of the rows that are never used, "
            f"simulated studies held {held_inside(observed.held, done.before)} under the first fit and the ranges and "
            f"{held_inside(observed.held, done.checked)} under what was seen. "
            + (
                f"Not used, as they lie more than {IMPLAUSIBLE:g} standard deviations from what the model shows "
                f"under any draw: {int(unused.sum())} ({far})."
                if unused.any()
                else "None lay out of reach of the model."
            )
        ),
        (
            f"**Are the surfaces right there?** {simulated_again(done)} Surfaces explain "
            f"{100 * np.median(made_of.surfaces.explained[used]):.0f}% (median) of what differs between draws beyond "
            "the luck of people."
        ),
        f"**The model's own errors** are stated with each value and multiplied by {factors(done)} (median).",
        (
            "Many parameters that the screen names move nothing: [its page](screen.md) says how many chance "
            "alone would find. Sampling them is harmless, and what was seen leaves them nearly as they were."
        ),
    ]
    return [line for text in paragraphs for line in (*textwrap.wrap(text, WIDTH), "")]


def simulated_again(done: Made) -> str:
    """Return how far draws that were simulated under the result lie from what its surfaces say."""
    made_of = done.conditioning
    last = replace(made_of.drawn(done.checked.values.shape[1]))
    quantities = np.concatenate([last.sampled_z(), last.z], axis=1)
    surfaces = made_of.surfaces
    said = surfaces.constant[:, None] + np.concatenate([surfaces.on_sampled, surfaces.on_calibrated], axis=1) @ (
        quantities.T
    )
    shares = [row for row, t in enumerate(made_of.targets) if t.kind is TargetKind.SHARE and made_of.used[row]]
    far = np.array([np.nanmean(done.checked.values[row]) - 100.0 * np.nanmean(expit(said[row])) for row in shares])
    return (
        f"Of {len(shares)} shares, what {done.checked.values.shape[1]} new draws showed on average lies "
        f"{np.mean(far):+.1f} points from what the surfaces say (root mean square {np.sqrt(np.mean(far**2)):.1f})."
    )


def factors(done: Made) -> str:
    """Return the median factor of each kind of error."""
    whole = done.posteriors[None]
    return ", ".join(
        f"{float(np.median(entry.value_at(whole.z[:, column]))):.2f} for {entry.error_of.replace('_', ' ')}"
        for column, entry in enumerate(whole.calibrated)
        if entry.error_of is not None
    )


def calibrated_rows(done: Made) -> list[str]:
    """Return the table of the calibrated quantities: prior, first fit, and what was seen of all parameters."""
    whole = done.posteriors[None]
    lines = [
        "## The calibrated quantities",
        "",
        "Medians, with 95% in brackets; bounds are those of the prior.",
        "",
        "| quantity | prior (bounds) | first fit | now |",
        "| --- | --- | --- | --- |",
    ]
    for column, entry in enumerate(whole.calibrated):
        first, now = (np.quantile(entry.value_at(one.z[:, column]), (0.025, 0.5, 0.975)) for one in (done.first, whole))
        cells = " | ".join(f"{v[1]:.3g} ({v[0]:.3g} to {v[2]:.3g})" for v in (first, now))
        lines.append(f"| `{entry.name}` | {entry.median:.3g} ({entry.low:.3g} to {entry.high:.3g}) | {cells} |")
    return [*lines, ""]


def inside(made_of: Conditioning, said: Expected, rows: np.ndarray) -> str:
    """Return how many values lie in their 90% interval."""
    near = np.abs(made_of.published.values - said.mean) <= CENTRAL_90 * said.of_value
    return f"{int(near[rows].sum())} ({100.0 * near[rows].mean():.0f}%)"


def moved_most(done: Made) -> list[str]:
    """Return the table of the sampled parameters of which most was said."""
    posterior = done.posteriors[None]
    z = posterior.sampled_z()
    ends = np.quantile(z, (0.05, 0.5, 0.95), axis=0)
    width = (ends[2] - ends[0]) / (2.0 * CENTRAL_90)
    lines = [
        f"## The {MOST} sampled parameters of which most is said",
        "",
        "Central 90%; the last column is its width on the normal scale of the range, over that of the range.",
        "",
        "| parameter | range alone | after what was seen | median | width |",
        "| --- | --- | --- | --- | --- |",
    ]
    for column in np.argsort(width - np.abs(ends[1]))[:MOST]:
        entry = posterior.sampled[column]
        low, high = entry.value_at(np.array([-CENTRAL_90, CENTRAL_90]))
        after = entry.value_at(ends[:, column])
        lines.append(
            f"| `{entry.name}` | {low:.3g} to {high:.3g} | {after[0]:.3g} to {after[2]:.3g} | {after[1]:.3g} | "
            f"{width[column]:.2f} |"
        )
    return [*lines, ""]


def rows_of(done: Made, held: tuple[Held, ...]) -> list[str]:
    """Return the table of every row: published, and what the model shows under the ranges and under what was seen."""
    made_of, before = done.conditioning, done.before
    alone = made_of.left_out()
    near = np.abs(made_of.published.values - alone.mean) <= CENTRAL_90 * alone.of_value
    lines = [
        "## Every value",
        "",
        (
            "5 to 95% of simulated studies of few people, so with their luck: under the first fit and the "
            "ranges, and under what was seen. "
            "Others: whether the published value lies in the 90% interval made from other studies alone."
        ),
        "",
        "| value | published | under the ranges | under what was seen | used | others |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row, target in enumerate(made_of.targets):
        used = "yes" if made_of.used[row] else "out of reach" if made_of.told[row] else "not told"
        lines.append(
            f"| {target.key} | {target.value:.3g} | {span(before.values[row])} | "
            f"{span(done.checked.values[row])} | {used} | "
            f"{('inside' if near[row] else 'outside') if made_of.told[row] else ''} |"
        )
    lines += [
        "",
        "## Values that are not used",
        "",
        (
            "Rows of both verifications that only judge, are printed as a range or a bound, or are not fitted. Inside: "
            "the value among simulated studies, or their median in the range."
        ),
        "",
        "| value | use | published | under the ranges | inside | under what was seen | inside |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row, one in enumerate(held, start=len(made_of.targets)):
        shown = [(span(values), words(one.inside(values))) for values in (before.values[row], done.checked.values[row])]
        cells = " | ".join(part for pair in shown for part in pair)
        lines.append(f"| {one.target.key} | {one.observable.use} | {one.printed()} | {cells} |")
    return [*lines, ""]


def held_inside(held: tuple[Held, ...], shown: Shown) -> str:
    """Return how many of the rows that are not used are inside, of those that can be told."""
    rows = shown.values[len(shown.values) - len(held) :]
    said = [one.inside(values) for one, values in zip(held, rows, strict=True)]
    count = [one for one in said if one is not None]
    return f"{sum(count)} of {len(count)}"


def words(inside: bool | None) -> str:
    """Return yes, no, or nothing where it is not told."""
    return "" if inside is None else "yes" if inside else "no"


def span(values: np.ndarray) -> str:
    """Return the central 90% of what was shown."""
    known = values[np.isfinite(values)]
    if not known.size:
        return ""
    low, high = np.quantile(known, (0.05, 0.95))
    return f"{low:.3g} to {high:.3g}"


def write_all(done: Made, out: Path, made_with: str) -> str:
    """Write the posterior, those without a cohort group, and what is sampled given each; return the first's digest."""
    used = [
        replace(target, cohort_group=group)
        for target, group, is_used in zip(
            done.conditioning.targets, groups_of(done.conditioning.targets), done.conditioning.used, strict=True
        )
        if is_used
    ]
    whole = done.posteriors[None]
    without = {group: one.z for group, one in done.posteriors.items() if group is not None}
    digests = write_posterior(out, whole.calibrated, whole.z, used, made_with, without)
    held: dict[str, Conditioned] = {}
    for group, one in done.posteriors.items():
        if one.conditioned is not None:
            held[digests[group]] = one.conditioned
    write_whole(out / CONDITIONED_FILE, content_of(held, POSTERIOR_FOLDER / SCREEN_FILE))
    return digests[None]


def main() -> None:
    """Simulate what is missing, and write the files and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=Path, required=True, help="folder that `regraft calibrate` wrote")
    parser.add_argument("--folder", type=Path, required=True, help="where parts are kept")
    parser.add_argument("--draws", type=int, default=300, help="of each step")
    parser.add_argument("--checked", type=int, default=60, help="draws simulated after the last step, for the page")
    parser.add_argument("--people", type=int, default=12, help="under each draw in each trial and population")
    parser.add_argument("--scale", type=float, default=0.03, help="of the people of natural history")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=POSTERIOR_FOLDER)
    parser.add_argument("--page", type=Path, default=PAGE)
    said = parser.parse_args()
    trials, natural_history, treatment = load_targets(), natural_history_targets(), treatment_targets()
    held = held_rows({target.endpoint for target in (*natural_history, *treatment)})
    observed = Observed(trials=trials, natural_history=natural_history, treatment=treatment, held=held)
    run = JointRun(observed=observed, parameters=load_parameters(), people=said.people, scale=said.scale, seed=SEED)
    asked = Asked(run, said.first, said.draws, said.checked, said.folder, Processes(said.threads))
    done = made(asked)
    made_with = (
        f"regraft {version('regraft')}, seed {SEED}: {STEPS} steps of {said.draws} draws of all parameters, linear "
        f"Bayes, from the first fit {done.first.digest} ({done.first.made_with})"
    )
    digest = write_all(done, said.out, made_with)
    write_whole(said.page, ("\n".join(page(asked, done, digest)) + "\n").encode())
    print(f"posterior {digest} in {said.out}; {said.page}")


if __name__ == "__main__":
    main()
