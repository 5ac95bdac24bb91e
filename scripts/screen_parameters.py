"""Screen all parameters of the model for what they move, and write the table that predictive runs sample from.

python scripts/screen_parameters.py [--part groups|each|together|write] [--people 3000] [--threads 2] [--folder DIR]

Takes SALib (pip install 'regraft[sensitivity]') and some 15 minutes of one core. Every part keeps what it found in a
folder, so that a screen that was stopped goes on. The table goes to src/regraft/library/parameters/posterior:
screen.csv, every parameter with its range and what it moves most, and screen.toml, which of them are sampled.
"""

import argparse
import csv
import io
import json
import sys
import textwrap
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from regraft.core.doubt import CENTRAL_90, Doubt, Range, doubt_of, is_part
from regraft.core.parameters import ParameterSet, load_parameters
from regraft.core.posterior import POSTERIOR_FOLDER, Posterior, load_posterior
from regraft.core.screen import SCREEN_FILE, TABLE_FILE, LeftOut
from regraft.prediction.screen import (
    ERRORS,
    ERRORS_IN_ONE,
    Effects,
    Trials,
    by_chance,
    effects_of,
    group_effects,
    independent,
    lived,
    moved,
    moves,
    together,
)
from regraft.prediction.screened import READ
from regraft.replication.parameter_draws import study_of
from regraft.trial.plan import plan_trial
from regraft.trial.protocol import load_protocol
from regraft.writing.file import write_whole

TRIALS = (  # busulfan and CD34 selection; BEAM; cyclophosphamide and ATG; total body irradiation; drugs
    ("atkins-2016", None),
    ("halt-ms", None),
    ("burt-2021", None),
    ("samijn-2006", None),
    ("mist-2019-randomised", "drugs"),
)
SEED = 20161130
GROUP_PEOPLE, TRAJECTORIES = 60, 2
PER_DRAW, CHECK_DRAWS, CHECK_PEOPLE = 4, 40, 240
POINTS, WIDTH = "percentage points", 128
SMALLEST = 0.5  # people of 100: a group under which fewer change is not looked at further


@dataclass(frozen=True)
class Screen:
    """What is screened."""

    parameters: ParameterSet
    posterior: Posterior
    doubts: tuple[Doubt, ...]
    groups: tuple[str, ...]

    @property
    def places(self) -> list[int]:
        """Return the place of each screened parameter."""
        return [self.parameters.places[one.name] for one in self.doubts]


def screen() -> Screen:
    """Return every parameter that is not calibrated and that has something to doubt."""
    parameters, posterior = load_parameters(), load_posterior(of_ranges=True)
    if posterior is None:
        sys.exit("no posterior: run regraft calibrate first")
    calibrated = {parameters[one.name].name for one in posterior.calibrated if one.is_parameter}
    doubts = [doubt_of(one) for one in parameters.parameters if one.name not in calibrated]
    kept = tuple(one for one in doubts if one is not None)
    stems = {f"{path.parent.name}/{path.stem}" for path in POSTERIOR_FOLDER.parent.glob("*/*.toml")}
    return Screen(parameters, posterior, kept, tuple(_file_of(one.name, stems) for one in kept))


def _file_of(name: str, stems: set[str]) -> str:
    return max((stem for stem in stems if name.startswith(stem.split("/")[1] + "_")), key=len)


def trials_of(name: str, arm: str | None, parameters: ParameterSet) -> Trials:
    """Return a trial under typical values."""
    return Trials(plan=plan_trial(load_protocol(name), parameters, SEED), arm=arm)


def groups_part(what: Screen, folder: Path, threads: int) -> dict[str, list[float]]:
    """Return the largest effect of every group over the trials, endpoint by endpoint."""
    found: dict[str, np.ndarray] = {}
    for name, arm in TRIALS:
        file = folder / f"groups-{name}.json"
        if not file.exists():
            effects = group_effects(
                trials_of(name, arm, what.parameters),
                what.doubts,
                what.groups,
                people=GROUP_PEOPLE,
                trajectories=TRAJECTORIES,
                threads=threads,
            )
            file.write_text(json.dumps({key: list(value) for key, value in effects.items()}))
            print(f"{name}: {len(effects)} groups", file=sys.stderr, flush=True)
        for key, value in json.loads(file.read_text()).items():
            found[key] = np.maximum(found.get(key, 0.0), np.array(value))
    return {key: [float(one) for one in value] for key, value in found.items()}


def group_moves(effects: list[float]) -> bool:
    """Return whether a group is looked at further."""
    return any(size > SMALLEST * one.least for size, one in zip(effects, READ, strict=True))


def each_part(what: Screen, kept: list[int], people: int, folder: Path, threads: int) -> list[Effects]:
    """Return the effects of single parameters: over all trials, then in each trial."""
    doubts = [what.doubts[i] for i in kept]
    tables, designs = [], []
    for number, (name, arm) in enumerate(TRIALS):
        draws = people // PER_DRAW
        z = independent(SEED, number, [one.name for one in doubts], draws)
        file = folder / f"each-{name}-{draws}.parquet"
        if not file.exists():
            trials = trials_of(name, arm, what.parameters)
            values = what.posterior.typical_values(what.parameters, study_of(trials.plan.protocol), SEED)
            rows = moved(what.parameters, values[np.arange(draws) % len(values)], doubts, z)
            lived(trials, rows, PER_DRAW, threads).write_parquet(file)
            print(f"{name}: {people} people", file=sys.stderr, flush=True)
        tables.append(pl.read_parquet(file))
        designs.append(z)
    single = [effects_of([table], [z]) for table, z in zip(tables, designs, strict=True)]
    return [effects_of(tables, designs), *single]


def together_part(what: Screen, sampled: set[str], folder: Path, threads: int) -> np.ndarray:
    """Return the spread that the parameters left out make together, the largest over the trials, shape (endpoints,)."""
    left = [i for i, one in enumerate(what.doubts) if one.name not in sampled]
    doubts = [what.doubts[i] for i in left]
    found = []
    for number, (name, arm) in enumerate(TRIALS[:2]):
        file = folder / f"together-{name}.parquet"
        if not file.exists():
            z = independent(SEED, 100 + number, [one.name for one in doubts], CHECK_DRAWS)
            rows = moved(what.parameters, np.tile(what.parameters.values, (CHECK_DRAWS, 1)), doubts, z)
            lived(trials_of(name, arm, what.parameters), rows, CHECK_PEOPLE, threads).write_parquet(file)
            print(f"{name}: together", file=sys.stderr, flush=True)
        found.append(together(pl.read_parquet(file)))
    return np.max(found, axis=0)


@dataclass(frozen=True)
class Judged:
    """A parameter, and the endpoint that it moves most for what counts there; nothing where its group moves nothing."""

    doubt: Doubt
    group: str
    value: float
    endpoint: str = ""
    unit: str = ""
    effect: float = 0.0
    error: float = 0.0
    share_points: float = 0.0
    share_of: str = ""
    sampled: bool = False


def judged(what: Screen, kept: list[int], effects: list[Effects]) -> list[Judged]:
    """Return every screened parameter, those that are sampled marked."""
    least = np.array([one.least for one in READ])
    shares = [column for column, one in enumerate(READ) if one.unit == POINTS]
    needed = np.array([ERRORS] + [ERRORS_IN_ONE] * (len(effects) - 1))
    marked = np.any([moves(one, times) for one, times in zip(effects, needed, strict=True)], axis=0)
    parts = np.array([is_part(what.doubts[index].name) for index in kept])
    marked |= parts & bool(marked[parts].any())
    values = what.parameters.values
    found = []
    for index, (doubt, group, place) in enumerate(zip(what.doubts, what.groups, what.places, strict=True)):
        if index not in kept:
            found.append(Judged(doubt, group, float(values[place])))
            continue
        row = kept.index(index)
        sizes = np.array([np.abs(one.value[row]) / least for one in effects])
        counted = np.array([np.abs(one.value[row]) for one in effects]) >= needed[:, np.newaxis] * np.array(
            [one.error[row] for one in effects]
        )
        sizes = sizes * counted if (counted & (sizes >= 1.0)).any() else sizes[:1]
        which, column = np.unravel_index(int(sizes.argmax()), sizes.shape)
        most = max(shares, key=lambda one: abs(effects[0].value[row, one]))
        found.append(
            Judged(
                doubt,
                group,
                float(values[place]),
                READ[column].key,
                READ[column].unit,
                float(effects[which].value[row, column]),
                float(effects[which].error[row, column]),
                abs(float(effects[0].value[row, most])),
                READ[most].key,
                bool(marked[row]),
            )
        )
    return found


def left_out(found: list[Judged], spread: np.ndarray) -> LeftOut:
    """Return what the parameters that are not sampled would move of a share."""
    most = max((one for one in found if not one.sampled), key=lambda one: one.share_points)
    shares = [column for column, one in enumerate(READ) if one.unit == POINTS]
    widest = max(shares, key=lambda column: spread[column])
    return LeftOut(
        each_points=most.share_points,
        each_of=most.share_of,
        together_points=CENTRAL_90 * float(spread[widest]),
        together_of=READ[widest].key,
    )


def write_table(found: list[Judged]) -> None:
    """Write the table of every screened parameter."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(
        ["parameter", "file", "value", "low", "high", "range", "moves_most", "unit", "by", "error", "sampled"]
    )
    for one in found:
        belief = one.doubt.belief
        ends = (f"{number:.6g}" for number in (one.value, belief.low, belief.high))
        writer.writerow(
            [
                one.doubt.name,
                one.group,
                *ends,
                str(one.doubt.range),
                one.endpoint or "nothing in its group",
                one.unit,
                f"{one.effect:+.2f}",
                f"{one.error:.2f}",
                "yes" if one.sampled else "no",
            ]
        )
    write_whole(POSTERIOR_FOLDER / TABLE_FILE, lines.getvalue().encode())


def write_screen(found: list[Judged], left: LeftOut, made_with: str) -> None:
    """Write which parameters are sampled."""
    lines = [
        "# Made by scripts/screen_parameters.py, never edited by hand: what predictive runs sample from its range.",
        f'made_with = "{made_with}"',
        f"screened = {len(found)}",
        "",
        "[left_out]",
        f"each_points = {left.each_points:.2f}",
        f'each_of = "{left.each_of}"',
        f"together_points = {left.together_points:.2f}",
        f'together_of = "{left.together_of}"',
    ]
    for one in found:
        belief = one.doubt.belief
        if one.sampled:
            lines += [
                "",
                f"[sampled.{one.doubt.name}]",
                f'block = "{belief.block}"',
                f"median = {belief.median:.10g}",
                f"low = {belief.low:.10g}",
                f"high = {belief.high:.10g}",
                f'range = "{one.doubt.range}"',
                f'moves = "{one.endpoint}"',
                f"by = {one.effect:.2f}",
            ]
    write_whole(POSTERIOR_FOLDER / SCREEN_FILE, ("\n".join(lines) + "\n").encode())


def write_page(
    found: list[Judged],
    groups: dict[str, list[float]],
    left: LeftOut,
    spread: np.ndarray,
    chance: float,
    made_with: str,
) -> None:
    """Write docs/screen.md."""
    sampled = sorted((one for one in found if one.sampled), key=lambda one: (one.endpoint, -abs(one.effect)))
    lines = [
        "# Which of all parameters are sampled",
        "",
        f"Made by `scripts/screen_parameters.py` ({made_with}); never edited by hand. SIMULATED.",
        "",
        "Why parameters are screened, sampled and conditioned: [decisions](decisions/parameter-uncertainty.md).",
        "",
        *explained(found, groups, left, len(sampled), chance),
        f"## The {len(sampled)} that are sampled",
        "",
        "| parameter | range | moves | by | standard error |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in sampled:
        ends = f"{one.doubt.belief.low:.3g} to {one.doubt.belief.high:.3g} ({one.doubt.range})"
        unit = "" if one.unit == POINTS else f" {one.unit}"
        lines.append(f"| `{one.doubt.name}` | {ends} | {one.endpoint} | {one.effect:+.2f}{unit} | {one.error:.2f} |")
    lines += [
        "",
        "## What the others move together",
        "",
        "Half of the central 90%, all moved at once; 0 where it is not told from the chance of so many people.",
        "",
        "| endpoint | moved by |",
        "| --- | --- |",
        *(f"| {one.key} | {CENTRAL_90 * spread[i]:.2f} {one.unit} |" for i, one in enumerate(READ)),
        "",
        f"Every screened parameter, and what it moves most: `src/regraft/library/parameters/posterior/{TABLE_FILE}`.",
        "",
    ]
    write_whole(Path(__file__).resolve().parents[1] / "docs" / "screen.md", "\n".join(lines).encode())


def explained(
    found: list[Judged], groups: dict[str, list[float]], left: LeftOut, sampled: int, chance: float
) -> list[str]:
    """Return how it was found out, in words."""
    printed = sum(one.doubt.range is Range.PRINTED for one in found)
    few = sum(not group_moves(value) for value in groups.values())
    least = "; ".join(f"{one.key} {one.least:g} {one.unit}" for one in READ if one.unit != POINTS)
    people = f"{GROUP_PEOPLE} people at every point, {TRAJECTORIES} trajectories"
    paragraphs = [
        (
            f"Calibration moves some parameters; the {len(found)} others that have a range were screened for what they "
            f"move until two years after the start. {printed} have a range that their file prints; for "
            f"{len(found) - printed} the screen assumes one: a measured value is trusted to a quarter, an assumed one "
            "to a factor of two, a share on the scale of odds. Rules of practice without a range, switches between "
            "structures and effects at zero have none."
        ),
        (
            f"1. **Groups.** Morris' elementary effects of the {len(groups)} files of parameters ({people}, from the "
            f"same random numbers): {few} files move nothing, that is fewer than {SMALLEST:g} people of 100, and no "
            "other endpoint by half of what counts."
        ),
        (
            "2. **Each.** All parameters of the other files are moved at once and independently, with the posterior, "
            f"{PER_DRAW} people under every draw, and a linear emulator takes their effects apart: over all trials "
            "together, and in each."
        ),
        (
            "3. **Rule.** A parameter is sampled if it moves a predicted endpoint across the central 90% of its range "
            f"by one percentage point of people or more ({least}) and by more than {ERRORS:g} standard errors over all "
            f"trials, or {ERRORS_IN_ONE:g} in one of them. It is then drawn from its range in every predictive run: "
            "draw i of the posterior is joined by draw i of it. The most central draw keeps the typical values. A "
            "place of a trial that stays empty, because nobody like those whom the trial took exists under a draw, is "
            "filled under the same draw of the posterior with these at their typical values."
        ),
        (
            f"4. **The others.** {len(found) - sampled} stay at their typical values. The largest effect that one of "
            f"them has on a share, over all trials, is {left.each_points:.1f} percentage points ({left.each_of}). "
            f"Moved together, and nothing else, they move {left.together_of} most: half of the central 90% is "
            f"{left.together_points:.1f} percentage points."
        ),
        (
            f"5. **Chance.** If no parameter moved anything, this rule would find {chance:.0f} of them, as so many "
            "endpoints are looked at: rows in which a parameter cannot act on what it is said to move are such "
            "findings. They are sampled like the others, which makes no interval wrong, as they move nothing."
        ),
    ]
    return [line for text in paragraphs for line in (textwrap.fill(text, WIDTH), "")]


def main() -> None:
    """Run the parts that are missing, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--until", choices=("groups", "each", "write"), default="write")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    what = screen()
    groups = groups_part(what, asked.folder, asked.threads)
    kept = [i for i, group in enumerate(what.groups) if group_moves(groups[group])]
    print(f"{len(what.doubts)} parameters, {len(groups)} groups; {len(kept)} in groups that move something")
    for key in sorted(groups, key=lambda one: -max(groups[one])):
        print(f"{key:28s}", " ".join(f"{value:6.2f}" for value in groups[key]))
    if asked.until == "groups":
        return
    effects = each_part(what, kept, asked.people, asked.folder, asked.threads)
    if asked.until == "each":
        return
    found = judged(what, kept, effects)
    sampled = {one.doubt.name for one in found if one.sampled}
    spread = together_part(what, sampled, asked.folder, asked.threads)
    made_with = (
        f"regraft {version('regraft')}, {asked.people * len(TRIALS):,} people in {len(TRIALS)} trials, seed {SEED}, "
        f"posterior {what.posterior.digest}"
    )
    write_table(found)
    left = left_out(found, spread)
    write_screen(found, left, made_with)
    chance = by_chance(effects, [ERRORS] + [ERRORS_IN_ONE] * (len(effects) - 1))
    write_page(found, groups, left, spread, chance, made_with)


if __name__ == "__main__":
    main()
