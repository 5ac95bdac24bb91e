"""Pools whose people are drawn by formula instead of lived, so that what trials of them must show is known."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from regraft.core.parameters import load_parameters
from regraft.core.settings import validate
from regraft.core.streams import Purpose, fill_uniforms
from regraft.design.file import Candidate, Design, Question, Scenario
from regraft.simulated_design.case import Case, cluster_of
from regraft.simulated_design.draw import Drawing, Truth
from regraft.simulated_design.estimand import Answers
from regraft.simulated_design.lives import Lives
from regraft.simulated_design.look_times import bounds_of, information_planned
from regraft.simulated_design.read import reader_of
from regraft.simulated_design.statistics import Hierarchy, Recurring
from regraft.simulated_design.trials import World, _events_by_cluster, shares_free
from regraft.simulated_design.watch import Harm, Rule
from regraft.trial.arms import Arm
from regraft.trial.protocol import Protocol, load_protocol

YEAR = 365.25


def luck(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return uniforms of a shape, the same for the same seed."""
    out = np.empty(int(np.prod(shape)))
    fill_uniforms(seed, 0, int(Purpose.SCENARIO), 0, out)
    return out.reshape(shape)


def exponential(seed: int, means: list[float], people: int) -> np.ndarray:
    """Return exponential days of people under arms of these means, shape (arms, people)."""
    return -np.log(luck(seed, (len(means), people))) * np.array(means)[:, None]


def design_of(test: str = "log_rank", **sections: Any) -> Design:
    """Return a design with an estimand of its own; ``hypothesis`` and other sections are merged in."""
    data: dict[str, Any] = {
        "name": "synthetic",
        "protocol": "mist-2019-randomised",
        "estimand": [{"name": "x", "endpoint": "relapse", "years": 2.0, "death": "event"}],
        "hypothesis": {"estimand": "x", "test": test} | sections.pop("hypothesis", {}),
    }
    return validate(Design, data | sections, "synthetic")


def _arms_of(protocol: Protocol, count: int) -> tuple[Arm, ...]:
    """Return so many arms: those of the protocol, and more like its first one before them."""
    if count == 1:
        return ()
    more = [protocol.arm[0].model_copy(update={"name": f"other {k}"}) for k in range(1, count - 1)]
    return (protocol.arm[0], *more, protocol.arm[-1])


def synthetic_world(  # noqa: PLR0913  # as many things as a world is made of
    design: Design,
    day: np.ndarray,
    *,
    patients: int,
    happened: np.ndarray | None = None,
    death: str = "event",
    known: np.ndarray | None = None,
    stratum: np.ndarray | None = None,
    rules: tuple[tuple[Rule, Harm, Any], ...] = (),
    relapse: np.ndarray | None = None,
    effect_share: float = 1.0,
    follow_up_years: float | None = None,
    lived: Hierarchy | Recurring | None = None,
    zero: np.ndarray | None = None,
) -> World:
    """Return a world of people whose day of the event, shape (arms, people), is given."""
    arms, people = day.shape
    cluster = cluster_of(max(patients, design.reestimation.maximum_patients if design.reestimation else 0))
    clusters = people // cluster
    question = Question(name="x", endpoint="relapse", years=2.0, death=death)
    protocol = load_protocol(design.protocol or "")
    lives = Lives(
        protocol=protocol.model_copy(update={"arm": _arms_of(protocol, arms)}),
        definitions={},
        parameters=load_parameters(),
        draws=None,
        cluster=cluster,
        years=5.0,
        seed=design.run.seed,
    )
    case = Case(
        design=design,
        candidate=Candidate(name="c"),
        scenario=Scenario(name="s", parameters="typical", effect_share=effect_share),
        protocol=lives.protocol,
        question=question,
        definitions="mist",
        patients=patients,
        follow_up_years=follow_up_years or 2.0,
        lives=lives,
    )
    pool = cast("Any", SimpleNamespace(lives=lives, clusters=clusters, people=people, arms=arms))
    flags = np.ones((arms, people), np.int8) if happened is None else happened.astype(np.int8)
    sure = np.ones((arms, people), bool) if known is None else known
    asked = Answers(day, flags, sure.astype(np.int8))
    added, starts = _events_by_cluster(asked, sure, case.follow_up_years * YEAR, pool)
    groups = np.zeros(people, np.int64) if stratum is None else stratum
    never = np.full((arms, people), np.inf)
    had = (flags == 1) & (day <= case.follow_up_years * YEAR)
    expected = float(patients * had.mean())
    recruitment = design.recruitment
    return World(
        case=case,
        pool=pool,
        truth=Truth(
            day,
            flags,
            sure.astype(np.int8),
            never if relapse is None else relapse,
            np.zeros((arms, people)) if zero is None else zero,
            added,
            starts,
        ),
        drawing=Drawing(
            seed=design.run.seed,
            first=0,
            cluster=cluster,
            clusters=clusters,
            stratum=groups,
            block=np.array([2] * arms if arms > 1 else [1], dtype=np.int64),
            opens=np.array([one.opens_month for one in recruitment.sites] if recruitment else [], dtype=np.float64),
            stops=np.inf
            if recruitment is None or recruitment.stops_after_months is None
            else recruitment.stops_after_months,
            window=24.0,
            acceleration=1.0,
        ),
        free=shares_free(asked, sure, 2.0, pool),
        rules=rules,
        reader=reader_of(case, groups, lived),
        bounds=bounds_of(case),
        planned=information_planned(case, expected),
        expected_events=expected,
        counted=np.zeros((3, arms, people)),
    )
