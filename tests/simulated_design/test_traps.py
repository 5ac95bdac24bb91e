"""What designs are commonly wrong about: safety stops, deaths, strata, regimens, rankings."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_reports import DAY, PEOPLE, simulated_design
from synthetic_worlds import YEAR, design_of, exponential, luck, synthetic_world

from regraft.design.file import DeathCounts, Question, Then
from regraft.design.planned import safety_boundary
from regraft.design.safety.evaluable import safety_operating
from regraft.endpoints.outcome import Status
from regraft.report.designed import Calls, designed_page
from regraft.report.page import render
from regraft.simulated_design.case import cases
from regraft.simulated_design.estimand import answers
from regraft.simulated_design.operating import operating, paired
from regraft.simulated_design.traps import CHANCES_HOLD, DELAY, REGIMENS, differ_by_regimen, sentences
from regraft.simulated_design.trials import SAFETY, draw_trials
from regraft.simulated_design.watch import Harm, acting_rule

RULE = {
    "counts": "treatment_related_death",
    "arm": "transplantation",
    "rule": "pocock",
    "null_pct": 3.0,
    "patients": 40,
}


def harm_of(rate: float, known: float = 100.0) -> Harm:
    happened = luck(22, (PEOPLE,)) < rate
    day = np.full((2, PEOPLE), np.inf)
    day[0] = np.where(happened, known, np.inf)
    return Harm(day, np.stack([np.full(PEOPLE, 100.0), np.full(PEOPLE, np.inf)]))


def watched(rate: float, then: str = "stop", known: float = 100.0):
    design = design_of(safety=[RULE | {"then": then, "pause_months": 3.0}])
    rules = ((acting_rule(design.safety[0], 0), harm_of(rate, known), Then(then)),)
    return design, synthetic_world(design, DAY, patients=80, rules=rules)


@pytest.mark.parametrize("rate", [0.03, 0.10])
def test_a_safety_rule_stops_as_often_as_is_calculated_and_a_stop_is_no_success(rate):
    design, world = watched(rate)
    done = draw_trials(world, 2000)
    stopped = done.decision == SAFETY
    exact = safety_operating(safety_boundary(design.safety[0]), rate).stop
    assert stopped.mean() == pytest.approx(exact, abs=4.0 * np.sqrt(exact * (1.0 - exact) / 2000))
    assert done.shown.mean() < done.without_safety.mean()
    assert np.array_equal(done.shown, done.without_safety & ~stopped)
    assert (done.recruited[stopped] <= done.recruited.max()).all()


def test_harm_that_is_known_before_others_can_be_judged_stops_trials_more_often():
    """Calculation counts people one after the other; in a trial deaths come first, and survivors count later."""
    late, early = (draw_trials(watched(0.10, known=day)[1], 500).decision == SAFETY for day in (100.0, 10.0))
    assert early.mean() > late.mean()


def test_a_rule_that_only_reports_changes_nothing_and_a_pause_makes_trials_longer():
    _, without = watched(0.0)
    _, reports = watched(0.10, "report")
    _, pauses = watched(0.10, "pause")
    plain, told, paused = (draw_trials(one, 300) for one in (without, reports, pauses))
    assert np.array_equal(plain.shown, told.shown)
    assert told.met_safety.mean() > 0.2
    assert paused.month.mean() > plain.month.mean()
    assert (paused.decision != SAFETY).all()


def test_what_a_death_is_changes_the_answer():
    """Death as an event, as a competing event and as the end of observation are three estimands."""
    event = np.array([[Status.CENSORED, Status.EVENT, Status.EVENT, Status.UNKNOWN]], dtype=np.int8)
    day = np.array([[700.0, 100.0, 400.0, np.nan]])
    death = np.array([[Status.EVENT, Status.CENSORED, Status.EVENT, Status.EVENT]], dtype=np.int8)
    died = np.array([[300.0, 800.0, 500.0, 200.0]])
    pool: Any = SimpleNamespace(
        outcome=lambda _definitions, name: (death, died) if name == "death" else (event, day),
        days=lambda _column: np.full((1, 4), np.inf),
    )
    asked = {rule: answers(pool, "d", Question(name="x", endpoint="e", years=2.0, death=rule)) for rule in DeathCounts}
    assert asked[DeathCounts.EVENT].happened.tolist() == [[1, 1, 1, 1]]
    assert asked[DeathCounts.EVENT].day.tolist() == [[300.0, 100.0, 400.0, 200.0]]
    assert asked[DeathCounts.COMPETING].happened.tolist() == [[0, 1, 1, 0]]
    assert np.isinf(asked[DeathCounts.COMPETING].day[0, 0])
    assert asked[DeathCounts.ENDS_OBSERVATION].happened.tolist() == [[0, 1, 1, 0]]
    assert asked[DeathCounts.ENDS_OBSERVATION].day[0, 0] == 300.0
    assert asked[DeathCounts.COMPETING].known.tolist() == [[1, 1, 1, 0]]


def test_events_of_trials_are_those_left_by_deaths_that_compete_and_not_of_a_world_without_them():
    """Trap: competing deaths censored in event forecasts. Kaplan and Meier's share would promise more events."""
    event, died = np.ceil(exponential(26, [700.0, 700.0], PEOPLE)), np.ceil(exponential(27, [900.0, 900.0], PEOPLE))
    first = event < died
    status = np.where(first, Status.EVENT, Status.CENSORED).astype(np.int8)
    pool: Any = SimpleNamespace(
        outcome=lambda _d, name: (
            (np.full(event.shape, Status.EVENT, np.int8), died)
            if name == "death"
            else (status, np.minimum(event, died))
        ),
        days=lambda _column: np.full((2, PEOPLE), np.inf),
    )
    asked = answers(pool, "d", Question(name="x", endpoint="e", years=2.0, death=DeathCounts.COMPETING))
    design = design_of(looks={"by": "events", "at": [20, 40]})
    world = synthetic_world(design, asked.day, happened=asked.happened == 1, patients=80, follow_up_years=2.0)
    rate, other, end = 1.0 / 700.0, 1.0 / 900.0, 2.0 * YEAR
    incidence = rate / (rate + other) * -np.expm1(-(rate + other) * end)
    assert world.expected_events == pytest.approx(80 * incidence, rel=0.03)
    assert world.expected_events < 0.85 * 80 * -np.expm1(-rate * end)
    once = synthetic_world(design_of(), asked.day, happened=asked.happened == 1, patients=80)
    found = draw_trials(once, 300).events.mean()
    assert found == pytest.approx(80 * incidence, rel=0.03)


def test_unknown_outcomes_are_told_by_arm_with_a_grid_of_what_they_may_be():
    """Informative dropout: who relapses leaves, so the arm with more relapses has more unknown outcomes."""
    relapse = np.stack([np.full(PEOPLE, np.inf), np.full(PEOPLE, 30.0)])
    leaving = {"annual_pct": {"transplantation": 10, "drugs": 10}, "after_event_ratio": 4.0}
    share = luck(28, (2, PEOPLE)) >= np.array([[0.8], [0.5]])
    day = np.where(share, 600.0, 6.0 * YEAR)
    world = synthetic_world(design_of("fisher", dropout=leaving), day, happened=share, patients=80, relapse=relapse)
    row = operating(world, draw_trials(world, 400))
    first, second = row.unknown_pct_by_arm
    assert second > 2.0 * first
    grid = {(at.tested_fail, at.last_fail): at.chance for at in row.tipping}
    assert set(grid) == {(a, b) for a in (0.0, 0.5, 1.0) for b in (0.0, 0.5, 1.0)}
    for b in (0.0, 0.5, 1.0):
        assert grid[0.0, b] >= grid[0.5, b] >= grid[1.0, b]
    for a in (0.0, 0.5, 1.0):
        assert grid[a, 0.0] <= grid[a, 0.5] <= grid[a, 1.0]
    assert grid[1.0, 0.0] == pytest.approx(row.if_unknown_differ.value, abs=0.001)
    assert grid[1.0, 1.0] == pytest.approx(row.if_unknown_fail.value, abs=0.001)


def test_a_single_arm_has_no_other_side_of_the_grid():
    happened = luck(29, (1, PEOPLE)) >= 0.75
    known = luck(30, (1, PEOPLE)) > 0.1
    asked = {"reference": {"free_pct": 50, "years": 2}, "alpha": 0.05}
    day = np.where(happened, 300.0, 6.0 * YEAR)
    one = synthetic_world(
        design_of("exact_binomial", hypothesis=asked), day, happened=happened, known=known, patients=25
    )
    row = operating(one, draw_trials(one, 200))
    assert [at.tested_fail for at in row.tipping] == [0.0, 0.5, 1.0]
    assert row.tipping[0].chance > row.tipping[2].chance


def test_the_delay_between_randomisation_and_treatment_is_said_and_costs_power():
    """Trap: time zero is randomisation, and months pass until transplantation: proportional hazards promise more."""
    assert {CHANCES_HOLD, DELAY} <= set(sentences(design_of(), cases(design_of()), ()))
    luck_of = -np.log(luck(31, (PEOPLE,)))
    plain = luck_of * np.array([[1400.0], [700.0]])
    months = 120.0  # the first arm lives the second's hazard until then
    later = np.where(plain[1] < months, plain[1], months + (luck_of - months / 700.0) * 1400.0)
    rows = {}
    for name, first in (("at once", plain[0]), ("delayed", later)):
        world = synthetic_world(design_of(), np.ceil(np.stack([first, plain[1]])), patients=100)
        rows[name] = operating(world, draw_trials(world, 600))
    assert rows["delayed"].efficacy.value < rows["at once"].efficacy.value - 0.1
    assert abs(rows["delayed"].errors_apart) < 4.0  # the formula at the effect of the pool knows of it


def test_stratified_randomisation_analysed_without_strata_is_conservative():
    strata = (luck(23, (PEOPLE,)) < 0.5).astype(np.int64)
    risk = np.where(strata == 1, 120.0, 1500.0)
    day = np.ceil(np.tile(exponential(24, [1.0], PEOPLE) * risk, (2, 1)))
    spread = {}
    for stratified in (False, True):
        design = design_of(hypothesis={"stratified": stratified})
        world = synthetic_world(design, day, patients=80, stratum=strata)
        spread[stratified] = float(draw_trials(world, 3000).z[:, -1].std())
    assert spread[False] < 0.93
    assert spread[True] == pytest.approx(1.0, abs=0.05)


def test_the_report_of_a_stratified_trial_says_how_it_is_analysed():
    plain, stratified = (design_of(hypothesis={"stratified": yes}) for yes in (False, True))
    assert any("conservative" in one for one in sentences(plain, cases(plain), ()))
    assert not any("conservative" in one for one in sentences(stratified, cases(stratified), ()))


def test_candidates_that_differ_by_regimen_carry_the_sentence_on_what_is_not_identified():
    two = [{"name": "a", "patients": 80}, {"name": "b", "patients": 80, "vary": {"conditioning": "beam-atg"}}]
    design = design_of(candidate=two)
    assert differ_by_regimen(cases(design))
    assert REGIMENS in sentences(design, cases(design), ())
    visits = design_of(candidate=[two[0], {"name": "c", "patients": 80, "vary": {"visits.window_days": 20}}])
    assert REGIMENS not in sentences(visits, cases(visits), ())


@pytest.fixture(scope="module")
def simulated():
    return simulated_design()


def test_nothing_is_ranked_or_recommended_and_harm_stands_beside_every_chance(simulated):
    page = render(designed_page(simulated, "regraft design run x", Calls("rg.design('x')", "rg.design('x').run()")))
    assert "recommend" not in page.lower()
    assert "best" not in page.lower().replace("best available", "")
    assert "not ranked" in page
    assert page.count("treatment deaths") >= 2
    assert [one.patients for one in simulated.rows] == [80, 84]


def test_differences_within_two_paired_errors_are_shown_as_equal(simulated):
    (pair,) = simulated.pairs
    assert pair.equal
    assert abs(pair.difference.value) <= 2.0 * pair.difference.error
    far = paired(
        "s",
        ("a", draw_trials(synthetic_world(design_of(), DAY, patients=24), 400)),
        ("b", draw_trials(synthetic_world(design_of(), DAY, patients=80), 400)),
        40,
    )
    assert not far.equal


def test_the_error_holds_the_pool_and_the_formula_stands_beside_the_simulation(simulated):
    row = simulated.rows[0]
    assert row.twin is not None
    assert row.errors_apart is not None
    assert abs(row.errors_apart) < 4.0
    assert row.efficacy.error >= 0.7 * np.sqrt(row.efficacy.value * (1 - row.efficacy.value) / 400)


def test_power_of_an_exact_test_is_that_of_all_tables():
    share = np.array([[0.75], [0.45]])
    happened = luck(25, (2, PEOPLE)) >= share
    day = np.where(happened, 300.0, 5.0 * YEAR)
    world = synthetic_world(design_of("fisher"), day, happened=happened, patients=80)
    row = operating(world, draw_trials(world, 2000))
    assert row.twin.formula.startswith("fisher")
    assert abs(row.errors_apart) < 4.0
