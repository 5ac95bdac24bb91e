"""The next trial: what is calculated of a design, and what is simulated; the first part loads no simulator."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, final

from regraft.api.cores import cores
from regraft.api.folder import result_folder, write_results
from regraft.core.errors import InputError
from regraft.core.grounds import RECORD
from regraft.design.documents import (
    Document,
    bounds_document,
    calculated_from,
    decided_document,
    events_document,
    finite,
)
from regraft.design.file import Clock, Design, load_design
from regraft.design.in_words import in_words
from regraft.design.looks.boundaries import LookPlan
from regraft.design.looks.final import final_inference
from regraft.design.looks.spending import Spend, Spending
from regraft.design.planned import look_plan, planned_recruitment, safety_met
from regraft.design.recruitment import month_of, of_counts, recruited_by
from regraft.writing.folder import Purpose

if TYPE_CHECKING:
    from regraft.design.recorded import RecordedStatistic
    from regraft.simulated_design.run import SimulatedDesign
    from regraft.simulated_design.size import FoundSize
    from regraft.study.tables import Study

DESIGN_RESULTS = ("report.html", "results.json", "SIMULATED-*.csv", "SIMULATED-*.parquet")
_RUN = ("trials", "people", "method")
ARMS = ("transplantation", "drugs")


@final
@dataclass(frozen=True, slots=True)
class TrialDesign:
    """A design as one file says it.

    ``bounds``, ``monitor``, ``forecast``, ``final`` and ``show`` calculate, and load no simulator; ``run`` and ``size``
    simulate.

    Parameters
    ----------
    settings : regraft.design.file.Design
        Every setting, by section.
    call : str
        The Python expression that gives this design.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.design("single-arm").monitor(harm=3, of=20)["safety"]["then"]
    'stop'
    >>> rg.design("ram-ms-like").run(people=10_240)  # simulates: some minutes  # doctest: +SKIP
    """

    settings: Design
    call: str

    @property
    def name(self) -> str:
        """Short name."""
        return self.settings.name

    def __str__(self) -> str:
        return "\n\n".join(f"{heading}\n{text}" for heading, text in self.show())

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415  # notebooks only

        return f"<pre>{escape(str(self))}</pre>"

    def show(self) -> tuple[tuple[str, str], ...]:
        """Return headings and paragraphs of the design for a protocol, assumed numbers with their sources."""
        return in_words(self.settings)

    def bounds(self) -> Document:
        """Return the boundaries on every scale, both type I errors, and the safety rules."""
        return bounds_document(self.settings) | calculated_from(self.settings).record

    def monitor(
        self,
        *,
        look: int | None = None,
        z: float | None = None,
        information: float | None = None,
        harm: int | None = None,
        of: int | None = None,
        watched: float | None = None,
    ) -> Document:
        """Return what is decided at a look of a real trial, or at a count of harm.

        Parameters
        ----------
        look, z : int, float
            Number of the look, from 1, and the statistic there, positive for the experimental arm.
        information : float, optional
            What the looks count (events), as it is now.
        harm, of : int
            Harmful events so far, for the first safety rule, and the evaluable people among whom they were counted.
        watched : float, optional
            Days for which all people together were watched, for a rule over total time; those without harm, for tite.

        Raises
        ------
        InputError
            Half of a pair, a look that is none, or a design without a safety rule.
        """
        document: Document = {"design": self.name}
        if (look is None) != (z is None) or (harm is None) != (of is None) or (look is None and harm is None):
            raise InputError("monitor: give --look with --z, or --harm with --of, or all four.")
        if look is not None and z is not None:
            document["look"] = decided_document(self.settings, look, z, information)
        if harm is not None and of is not None:
            if not self.settings.safety:
                raise InputError(f"design {self.name!r} has no safety rule. Add [[safety]] to its file.")
            rule = self.settings.safety[0]
            met = safety_met(rule, harm, of, watched)
            document["safety"] = {"events": harm, "people": of, "met": met, "then": rule.then.value if met else None}
        return document | calculated_from(self.settings).record

    def forecast(self, recruited: Sequence[str] = ()) -> Document:
        """Return when the design has its people, from what its sites have recruited so far.

        Parameters
        ----------
        recruited : sequence of str
            ``SITE=N@MONTH``, each site once and all in one month.
        """
        design = self.settings
        counts, now = _recruited(tuple(recruited))
        asked = planned_recruitment(design, counts, now)
        assert design.recruitment is not None
        goals = [design.recruitment.patients]
        if design.looks is not None and design.looks.by is Clock.PATIENTS and design.looks.at:
            goals = sorted({*(int(n) for n in design.looks.at), *goals})
        goals = [goal for goal in goals if goal > asked.recruited]
        if not goals:
            raise InputError(f"recruited: {asked.recruited} patients, and the design asks for no more.")
        return {
            "design": self.name,
            "recruited": asked.recruited,
            "now_month": now,
            "patients": [{"patients": goal, **finite(month_of(asked, goal))} for goal in goals],
            "in_a_year": finite(of_counts(recruited_by(asked, now + 12.0))),
            "events": events_document(design),
            **calculated_from(design).record,
        }

    def recorded(
        self, study: "Study | str | Path", definitions: str = "consensus", arms: Sequence[str] = ARMS
    ) -> "RecordedStatistic":
        """Return the statistic of the design's test from recorded data; parameters as for `final`."""
        from regraft.api.study import read_study  # noqa: PLC0415  # tables, which bounds and looks do not need
        from regraft.design.recorded import recorded_statistic  # noqa: PLC0415  # as above
        from regraft.endpoints.definition import load_definition  # noqa: PLC0415  # as above

        tables = read_study(study) if isinstance(study, str | Path) else study
        single = self.settings.hypothesis.reference is not None
        return recorded_statistic(self.settings, tables, load_definition(definitions), () if single else tuple(arms))

    def final(
        self,
        z: Sequence[float] = (),
        root_information: float | None = None,
        *,
        study: "Study | str | Path | None" = None,
        definitions: str = "consensus",
        arms: Sequence[str] = ARMS,
    ) -> Document:
        """Return what a trial has shown when it stops.

        Parameters
        ----------
        z : sequence of float
            Statistic at each look up to the stop, in order.
        root_information : float, optional
            Root of the information at the last look, for effects; None: on the scale of the drift.
        study : Study or path, optional
            Recorded data from which the statistic of the stop is read; `z` then has those of the looks before.
        definitions : str
            Definitions by which the endpoint is derived from them.
        arms : sequence of str
            Names of the arms in them, the experimental one first.
        """
        from regraft.endpoints.definition import load_definition  # noqa: PLC0415  # not needed by the other decisions

        read = None if study is None else self.recorded(study, definitions, arms)
        z = (*z, *(() if read is None else (read.z,)))
        if not z:
            raise InputError("final: there is no statistic. Give --z for each look, or a study with --study.")
        if root_information == 0.0 or not all(isfinite(one) for one in z):
            raise InputError("final: --root-information must be above 0, and every --z a number.")
        found = final_inference(_plan_of_the_end(self.settings), tuple(z))
        scale = root_information or 1.0
        return {
            "design": self.name,
            "look": len(z),
            "scale": "effect" if root_information else "drift: mean of z at the last look",
            "p_value": found.p_value,
            "median_unbiased": asdict(found.median_unbiased.over(scale)),
            "naive": found.naive / scale,
            "repeated": asdict(found.repeated.over(scale)),
            "repeated_p_value": found.repeated_p_value,
            "recorded": None if read is None else asdict(read),
            **calculated_from(self.settings, () if read is None else (load_definition(definitions),)).record,
        }

    def run(
        self,
        *,
        trials: int | None = None,
        people: int | None = None,
        method: str | None = None,
        pools: str | Path | None = None,
        threads: int = 0,
        on_people: Callable[[int], None] | None = None,
        on_trials: Callable[[int], None] | None = None,
    ) -> "SimulatedDesign":
        """Simulate every candidate under every scenario.

        Parameters
        ----------
        trials, people : int, optional
            Trials of each candidate, and people of each pool; None: those of the file.
        method : str, optional
            ``pool``, or ``blocks``: trials lived whole, as `regraft run` lives them; None: that of the file.
        pools : path, optional
            Folder of pools; None: the cache of this user. A pool that is there is used, one begun is continued.
        threads : int
            Worker threads, 0 for all cores; no number depends on it.
        on_people, on_trials : callable, optional
            Called with the numbers of people lived and trials drawn, for progress.
        """
        from regraft.simulated_design.run import asked, simulate_design  # noqa: PLC0415  # loads the simulator

        return simulate_design(
            asked(self.settings, trials=trials, people=people, method=method),
            pools=None if pools is None else Path(pools),
            threads=cores(threads),
            on_people=on_people,
            on_trials=on_trials,
        )

    def report(self, done: "SimulatedDesign", folder: str | Path) -> Path:
        """Write report, results and tables of what `run` gave, the folder `regraft design run` writes.

        Raises
        ------
        FileProblem
            The folder cannot be used, or files that regraft did not write stand in the way.
        """
        asked, given = self.settings.run, done.design.run
        trials, people, method = (
            None if getattr(asked, key) == getattr(given, key) else getattr(given, key) for key in _RUN
        )
        return report_design(done, (self.call, self.run_call(trials, people, method)), folder)

    def run_call(self, trials: int | None, people: int | None, method: str | None = None) -> str:
        """Return the Python that runs the design with these numbers; None: those of the file."""
        options = {"trials": trials, "people": people, "method": None if method is None else str(method)}
        given = ", ".join(f"{key}={value!r}" for key, value in options.items() if value is not None)
        return f"{self.call}.run({given})"

    def size(
        self,
        power: float = 0.8,
        *,
        scenario: str | None = None,
        trials: int | None = None,
        people: int | None = None,
        pools: str | Path | None = None,
        threads: int = 0,
    ) -> "tuple[FoundSize, ...]":
        """Return the size that every candidate needs under a scenario (None: the first with an effect).

        Under draws of the posterior `power` is assurance; other parameters as for `run`.
        """
        from regraft.simulated_design.run import asked  # noqa: PLC0415  # loads the simulator
        from regraft.simulated_design.size import find_size  # noqa: PLC0415  # as above

        return find_size(
            asked(self.settings, trials=trials, people=people),
            power,
            scenario=scenario,
            pools=None if pools is None else Path(pools),
            threads=cores(threads),
        )


def design(name: str | Path) -> TrialDesign:
    """Return a design by its name or file.

    Parameters
    ----------
    name : str or Path
        Name of a design that comes with regraft, or path to a TOML file.

    Raises
    ------
    FileProblem
        No such design; the nearest name is offered.
    SettingsProblem
        Every setting that cannot be used, in one message.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.design("single-arm").bounds()["safety"][0]["stop_at"][0]
    {'events': 3, 'people': 20}
    """
    return TrialDesign(load_design(name), f"rg.design({str(name)!r})")


def _plan_of_the_end(design: Design) -> LookPlan:
    """Return the plan of looks; a design without looks has one, at its end."""
    if design.looks is not None:
        return look_plan(design)
    alpha, power = design.hypothesis.alpha, design.hypothesis.power
    return LookPlan(fractions=(1.0,), alpha=alpha, beta=1.0 - power, efficacy=Spending(function=Spend.OBRIEN_FLEMING))


def _recruited(given: tuple[str, ...]) -> tuple[dict[str, int], float]:
    """Return recruits by site and the month they were counted in."""
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


def report_design(done: "SimulatedDesign", calls: tuple[str, str], folder: str | Path) -> Path:
    """Write report, results and tables of a simulated design, the folder `regraft design run` writes."""
    from regraft.report.designed import Calls, write_designed  # noqa: PLC0415  # draws

    purpose = Purpose(kind="design run", command=calls[1], writes=DESIGN_RESULTS)
    with result_folder(folder, purpose) as partial:
        write_results(partial, write_designed(partial, done, calls[1], Calls(*calls)))
    return Path(folder)


def size_document(name: str, found: "Sequence[FoundSize]") -> Document:
    """Return sizes that were found as plain values, and what they rest on."""
    every = [one.document() for one in found]
    sizes = [{key: value for key, value in one.items() if key not in {"simulated", RECORD}} for one in every]
    return {"simulated": True, "design": name, "sizes": sizes, RECORD: every[0][RECORD]}
