"""A screen takes the effects of many parameters apart, and says what those left out make together."""

import numpy as np
import polars as pl
import pytest

from regraft.core.doubt import doubt_of
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.prediction.screen import (
    Effects,
    Trials,
    by_chance,
    effects_of,
    group_effects,
    independent,
    moved,
    moves,
    together,
)
from regraft.prediction.screened import READ, events_of
from regraft.trial.plan import plan_trial
from regraft.trial.protocol import load_protocol

DRAWS, PARAMETERS, PER_DRAW = 1500, 12, 4
RELAPSE = [one.key for one in READ].index("relapse")


def people(chance: np.ndarray, luck: np.ndarray) -> pl.DataFrame:
    """Return people of whom each draw's share has a relapse, and nothing else."""
    number = np.repeat(np.arange(len(chance)), PER_DRAW)
    hit = 100.0 * (luck < chance[number])
    columns = {one.key: hit if one.key == "relapse" else np.full(len(number), 50.0) for one in READ}
    return pl.DataFrame({"trial_number": number} | columns)


@pytest.fixture(scope="module")
def z() -> np.ndarray:
    return independent(1, 0, [f"p{i}" for i in range(PARAMETERS)], DRAWS)


@pytest.fixture(scope="module")
def luck() -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(independent(2, 0, ["luck"], DRAWS * PER_DRAW))[:, 0]


def test_an_effect_comes_back_with_its_error_and_parameters_without_one_stay_behind(
    z: np.ndarray, luck: np.ndarray
) -> None:
    chance = np.clip(0.4 + 0.05 * z[:, 0] - 0.03 * z[:, 1], 0.0, 1.0)
    found = effects_of([people(chance, luck), people(chance, 1.0 - luck)], [z, z])
    wanted = 100.0 * 2.0 * 1.645 * np.array([0.05, -0.03] + [0.0] * (PARAMETERS - 2))
    assert np.abs((found.value[:, RELAPSE] - wanted) / found.error[:, RELAPSE]).max() < 3.5
    assert found.error[:, RELAPSE].max() < 2.5
    assert moves(found, 3.5).tolist() == [True, True] + [False] * (PARAMETERS - 2)
    assert found.first_order[0, RELAPSE] == pytest.approx(25 / 34, abs=0.12)
    others = np.delete(found.value, RELAPSE, axis=1)
    assert np.abs(others).max() < 1e-9


def test_what_is_left_out_is_told_from_the_chance_of_few_people(luck: np.ndarray) -> None:
    each = len(luck) // 40
    number = np.repeat(np.arange(40), each)
    share = 0.3 + np.tile([-0.1, 0.1], 20)

    def spread(chance: np.ndarray) -> float:
        hit = 100.0 * (luck[: 40 * each] < chance[number])
        table = pl.DataFrame({"trial_number": number} | {one.key: hit for one in READ})
        return float(together(table)[RELAPSE])

    assert spread(share) == pytest.approx(10.0, abs=2.0)
    assert spread(np.full(40, 0.3)) < 2.0


def test_draws_of_a_design_do_not_depend_on_their_company_and_move_only_what_is_named() -> None:
    alone, together_ = independent(1, 0, ["a"], 50), independent(1, 0, ["b", "a"], 50)
    assert (alone[:, 0] == together_[:, 1]).all()
    assert (independent(1, 1, ["a"], 50) != alone).all()
    parameters = load_parameters()
    doubt = doubt_of(parameters["liver_defibrotide_factor"])
    assert doubt is not None
    rows = moved(parameters, parameters.values[np.newaxis, :], [doubt], np.array([[1.0]]))
    changed = np.flatnonzero(np.abs(rows[0] - parameters.values) > 1e-12)
    assert changed.tolist() == [parameters.places["liver_defibrotide_factor"]]


def test_without_salib_the_screen_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "SALib.analyze", None)
    parameters = load_parameters()
    trials = Trials(plan=plan_trial(load_protocol("atkins-2016"), parameters, 1))
    with pytest.raises(InputError, match=r"regraft\[sensitivity\]"):
        group_effects(trials, [], [], people=1, trajectories=1, threads=1)


def test_an_event_counts_until_two_years_and_who_was_not_followed_so_far_says_nothing() -> None:
    rows = [
        ("a", "event", 700.0),
        ("b", "event", 800.0),
        ("c", "censored", 680.0),
        ("d", "censored", 400.0),
        ("e", "competing", 30.0),
        ("f", "unknown", 900.0),
    ]
    frame = pl.DataFrame(rows, schema=["subject_id", "status", "time_days"], orient="row")
    assert events_of(frame)["value"].to_list() == [100.0, 0.0, 0.0, None, 0.0, None]


def test_chance_alone_finds_what_its_errors_allow() -> None:
    shape = (100, len(READ))
    least = np.array([one.least for one in READ])
    sure, none = np.zeros(shape), np.zeros(shape)
    one_endpoint = sure.copy()
    one_endpoint[:, 0] = 10.0 * least[0]  # errors far above what counts: the number of errors asked for decides
    found = by_chance([Effects(value=none, error=one_endpoint, first_order=none)], [2.0])
    assert found == pytest.approx(100 * 0.0455, abs=0.01)
    assert by_chance([Effects(value=none, error=sure, first_order=none)], [2.0]) == 0.0
    small = np.tile(0.1 * least, (100, 1))  # what counts is ten errors away
    assert by_chance([Effects(value=none, error=small, first_order=none)], [2.0]) < 1e-9
