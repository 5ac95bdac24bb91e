"""Condition the sampled parameters on what was seen, and write what predictive runs sample instead of bare ranges.

python scripts/condition_parameters.py --folder DIR [--draws 400] [--people 12] [--threads 2] [--out DIR]

Needs scikit-learn (pip install 'regraft[calibrate]') and some 15 minutes of one core. What was measured of the
treatment and may be fitted is simulated under draws of the posterior joined by draws of the ranges, in parts that a
stopped run goes on from; the file goes beside the posterior as conditioned.npz, and docs/conditioned.md says what came
of it. Run it after `regraft calibrate` (and a screen) once their files stand in the library.
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

from regraft.calibration.condition import (
    Conditioning,
    all_posteriors,
    begin,
    chance_of,
    draws_of,
    go_on,
    learn,
)
from regraft.calibration.held_rows import Held, held_rows
from regraft.calibration.joint_draws import JointRun, Observed, Shown, repeat_first, simulate_draws
from regraft.calibration.linear_bayes import IMPLAUSIBLE, Expected
from regraft.calibration.treatment_rows import treatment_targets
from regraft.core.conditioned import CONDITIONED_FILE, Conditioned, content_of
from regraft.core.doubt import CENTRAL_90
from regraft.core.parameters import load_parameters
from regraft.core.posterior import POSTERIOR_FOLDER, Posterior, load_posterior
from regraft.core.processes import Processes
from regraft.core.screen import SCREEN_FILE
from regraft.writing.file import write_whole

SEED, STEPS, REPEATS, WIDTH, MOST = 20161201, 2, 30, 128, 40
PAGE = Path(__file__).resolve().parents[1] / "docs" / "conditioned.md"


@dataclass(frozen=True)
class Asked:
    """How much is simulated, where, and by how many."""

    run: JointRun
    draws: int
    checked: int
    folder: Path
    workers: Processes


@dataclass(frozen=True)
class Made:
    """What came of it: the conditioning, and what draws of it show when they are simulated."""

    conditioning: Conditioning
    posterior: Posterior
    without: dict[str, Posterior]
    checked: Shown


def posteriors() -> tuple[Posterior, dict[str, Posterior]]:
    """Return the posterior, and each that never saw a cohort group, as if nothing had been seen of the ranges."""
    whole = load_posterior(of_ranges=True)
    if whole is None or whole.screen is None:
        sys.exit("no posterior or no screen: run regraft calibrate and scripts/screen_parameters.py first")
    groups = sorted(path.stem.removeprefix("without-") for path in POSTERIOR_FOLDER.glob("without-*.csv"))
    found = {group: load_posterior(without=group, of_ranges=True) for group in groups}
    return whole, {group: one for group, one in found.items() if one is not None}


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
    """Simulate, learn and update in two steps, and simulate once more to see what came of it."""
    posterior, without = posteriors()
    run, observed = asked.run, asked.run.observed
    first = draws_of(posterior, asked.draws, None)
    repeats = repeat_first(run, first, REPEATS, asked.folder, asked.workers, told("luck of people"))
    chance = chance_of(repeats, observed.targets)
    shown = simulate_draws(run, first, asked.folder, asked.workers, told("under the ranges"))
    done = begin(observed, learn(first, shown, observed, chance), chance)
    for step in range(1, STEPS):
        there = draws_of(posterior, asked.draws, done.halfway(STEPS))
        shown = simulate_draws(run, there, asked.folder, asked.workers, told(f"under step {step}"))
        done = go_on(done, learn(there, shown, observed, chance))
    last = draws_of(posterior, asked.checked, done.conditioned())
    checked = simulate_draws(run, last, asked.folder, asked.workers, told("under what was seen"))
    return Made(done, posterior, without, checked)


def page(asked: Asked, done: Made, files: dict[str, Conditioned]) -> list[str]:
    """Return the page."""
    held = files[done.posterior.digest]
    return [
        "# What was seen says something about the sampled parameters",
        "",
        (
            f"Made by `scripts/condition_parameters.py` (regraft {version('regraft')}, {asked.draws} draws a step, "
            f"{asked.run.people} people a draw and study, seed {asked.run.seed}, posterior "
            f"{done.posterior.digest}); never "
            "edited by hand. SIMULATED."
        ),
        "",
        "Why parameters are screened, sampled and conditioned: [decisions](decisions/parameter-uncertainty.md).",
        "",
        *explained(asked, done, held),
        *moved_most(done.posterior, held),
        *rows_of(done, asked.run.observed.held),
    ]


def explained(asked: Asked, done: Made, held: Conditioned) -> list[str]:
    """Return what was done and what came of it, in words."""
    made_of, observed = done.conditioning, asked.run.observed
    before, after, alone = made_of.before(), made_of.after(), made_of.left_out()
    used, unused = made_of.used, made_of.told & ~made_of.used
    told = used & (before.of_model > 0.0)
    narrower = np.median(after.of_model[told] / before.of_model[told])
    far = ", ".join(f"`{t.key}`" for t, is_far in zip(made_of.targets, unused, strict=True) if is_far)
    paragraphs = [
        (
            f"[The screen](screen.md) names {len(held.names)} parameters that are sampled from their ranges. "
            "The ranges "
            "alone say too little: what they allow was never seen. Here they are conditioned on what was measured of "
            f"the treatment itself: {len(observed.targets)} values (the numeric rows of `regraft verify treatment` "
            "with use `fit`). Results of fitted trials and of natural history moved the calibrated parameters and are "
            "not used again. No study that is scored or only shown stands among them; the loaders refuse it."
        ),
        (
            "**How.** Every value is simulated under joint draws of the posterior and the ranges, and a linear surface "
            "over all of them is learned on its fitted scale (few large effects chosen by the extended Bayesian "
            "criterion, Chen & Chen 2008, and a ridge for all others if it predicts draws left out better). "
            "Linear Bayes "
            "(Goldstein & Wooff 2007) then moves the sampled parameters, in two damped steps with new "
            "simulations between "
            "(Emerick & Reynolds 2013). Errors: sampling at the published size, the model's own error as in "
            "calibration (a quarter logit, a tenth of a value: assumed), and what the surface "
            "leaves unexplained. The calibrated parameters keep their posterior, and the sampled ones get their "
            "distribution given these. The posterior was found with the sampled ones at their typical values, so it is "
            "somewhat too narrow itself."
        ),
        (
            f"**What came of it.** In {held.factor.size} directions of {len(held.names)} something is said. Of the "
            f"{int(used.sum())} values used, {inside(made_of, before, used)} lay in their 90% interval before and "
            f"{inside(made_of, after, used)} do after; the interval of the model alone is {narrower:.2f} "
            "times as wide (median). "
            f"From the rows of other studies alone (ten folds of studies) {inside(made_of, alone, used)} lie "
            "in theirs: the honest count. Of the rows that are never used, simulated studies held "
            f"{held_inside(observed.held, done.conditioning.steps[0].shown)} under the ranges and "
            f"{held_inside(observed.held, done.checked)} under what was seen. "
            + (
                f"Not used, as they lie more than {IMPLAUSIBLE:g} standard deviations from what the model shows "
                f"under any draw: {int(unused.sum())} ({far})."
                if unused.any()
                else "None lay out of reach of the model."
            )
        ),
        (
            "Many parameters that the screen names move nothing: [its page](screen.md) says how many chance "
            "alone would "
            "find. Sampling them is harmless, and what was seen leaves them nearly as they were."
        ),
    ]
    return [line for text in paragraphs for line in (*textwrap.wrap(text, WIDTH), "")]


def inside(made_of: Conditioning, said: Expected, rows: np.ndarray) -> str:
    """Return how many values lie in their 90% interval."""
    near = np.abs(made_of.seen.values - said.mean) <= CENTRAL_90 * said.of_value
    return f"{int(near[rows].sum())} ({100.0 * near[rows].mean():.0f}%)"


def moved_most(posterior: Posterior, held: Conditioned) -> list[str]:
    """Return the table of the parameters of which most was said."""
    z = replace(posterior, conditioned=held).sampled_z()
    ends = np.quantile(z, (0.05, 0.5, 0.95), axis=0)
    width = (ends[2] - ends[0]) / (2.0 * CENTRAL_90)
    lines = [
        f"## The {MOST} parameters of which most is said",
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
    made_of, before = done.conditioning, done.conditioning.steps[0].shown
    alone = made_of.left_out()
    near = np.abs(made_of.seen.values - alone.mean) <= CENTRAL_90 * alone.of_value
    lines = [
        "## Every value",
        "",
        (
            "5 to 95% of simulated studies of few people, so with their luck: under the ranges, and under "
            "what was seen. "
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
            "Rows of the verification that only judge, or are printed as a range or a bound. Inside: "
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


def main() -> None:
    """Simulate what is missing, and write the file and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where parts are kept")
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--checked", type=int, default=60, help="draws simulated after the last step, for the page")
    parser.add_argument("--people", type=int, default=12, help="under each draw in each population")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=POSTERIOR_FOLDER)
    parser.add_argument("--page", type=Path, default=PAGE)
    said = parser.parse_args()
    treatment = treatment_targets()
    observed = Observed(targets=treatment, held=held_rows({target.endpoint for target in treatment}))
    run = JointRun(observed=observed, parameters=load_parameters(), people=said.people, seed=SEED)
    asked = Asked(run, said.draws, said.checked, said.folder, Processes(said.threads))
    done = made(asked)
    files = all_posteriors(done.conditioning, done.posterior, done.without)
    content = content_of(files, POSTERIOR_FOLDER / SCREEN_FILE)
    said.out.mkdir(parents=True, exist_ok=True)
    write_whole(said.out / CONDITIONED_FILE, content)
    write_whole(said.page, ("\n".join(page(asked, done, files)) + "\n").encode())
    print(f"{said.out / CONDITIONED_FILE}: {len(content):,} bytes; {said.page}")


if __name__ == "__main__":
    main()
