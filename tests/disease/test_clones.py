"""Clones: deeper ablation leaves fewer founders of the same people, a dirtier graft more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.core.parameters import ParameterSet
from regraft.core.streams import Address
from regraft.disease.clones import renew_activity
from regraft.disease.illness import Depletion, Illness, make_life, week_at
from regraft.disease.layout import Clone, Regimen, State
from regraft.disease.natural_history import ablate, begin
from regraft.patient.record import typical_patient

BODY = 1e11
CLOCK = 260


def ablated(p: np.void, patient: int, kill: float, graft: float = 1e4, regimen: Regimen = Regimen.BUSULFAN) -> Illness:
    who, ill = Address(5, patient), make_life().illness
    begin(p, 0, who, ill)
    ablate(p, week_at(p, CLOCK), Depletion(kill, graft, BODY, 55.0, int(regimen)), who, ill)
    return ill


@settings(max_examples=30, deadline=None)
@given(patient=st.integers(0, 10**6), kill=st.floats(0.5, 7.0), more=st.floats(0.05, 2.0))
def test_a_deeper_ablation_never_leaves_more_or_brings_it_back_sooner(
    parameters: ParameterSet, patient: int, kill: float, more: float
) -> None:
    p = typical_patient(parameters)[0]
    shallow, deep = ablated(p, patient, kill).clones, ablated(p, patient, kill + more).clones
    assert (deep[:20, Clone.SURVIVORS] <= shallow[:20, Clone.SURVIVORS]).all()
    assert (deep[:20, Clone.RETURN_WEEK] >= shallow[:20, Clone.RETURN_WEEK]).all()


def test_a_graft_full_of_memory_cells_undoes_the_ablation(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    clean = sum(np.isinf(ablated(p, i, 6.0, 1e4).clones[:20, Clone.RETURN_WEEK]).all() for i in range(100))
    dirty = sum(np.isinf(ablated(p, i, 6.0, 0.05 * BODY).clones[:20, Clone.RETURN_WEEK]).all() for i in range(100))
    assert clean > 85
    assert dirty == 0


def test_survivors_are_a_binomial_share(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    before = after = 0.0
    for i in range(100):
        clones = ablated(p, i, 3.0, 0.0).clones
        before += clones[:20, Clone.CELLS].sum()
        after += clones[:20, Clone.SURVIVORS].sum()
    assert after / before == pytest.approx(1e-3, rel=0.02)


def test_activity_falls_to_what_survived_and_rises_to_a_plateau(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    ill = ablated(p, 1, 1.0, 0.0)
    assert ill.state[State.ACTIVITY] == pytest.approx(0.1, rel=0.1)
    levels = []
    for week in (CLOCK + 1, CLOCK + 100, CLOCK + 300, CLOCK + 5000):
        renew_activity(p, float(week), ill)
        levels.append(ill.state[State.ACTIVITY])
    assert levels == sorted(levels)
    assert 0.99 < levels[-1] <= 1.0


def test_one_returning_clone_fills_a_third_to_two_thirds_of_the_niche(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    ill = ablated(p, 1, 7.0, 0.0)
    ill.clones[:, Clone.RETURN_WEEK] = np.inf
    ill.clones[3, Clone.RETURN_WEEK] = CLOCK + 50
    renew_activity(p, CLOCK + 1000.0, ill)
    assert 0.3 <= ill.state[State.ACTIVITY] <= 0.6


@pytest.mark.parametrize("chance", ["busulfan", "beam", "cyclophosphamide", "irradiation"])
def test_each_regimen_has_a_chance_of_its_own(parameters: ParameterSet, chance: str) -> None:
    regimen = {
        "busulfan": Regimen.BUSULFAN,
        "beam": Regimen.BEAM,
        "cyclophosphamide": Regimen.CYCLOPHOSPHAMIDE,
        "irradiation": Regimen.TOTAL_BODY_IRRADIATION,
    }[chance]
    never = parameters.replace({f"clones_establishment_chance_{chance}": 0.0, "clones_new_per_year": 0.0})
    ill = ablated(typical_patient(never)[0], 1, 2.0, 1e8, regimen)
    assert np.isinf(ill.clones[:21, Clone.RETURN_WEEK]).all()
    assert np.isinf(ill.state[State.NEXT_RETURN_WEEK])
    ill = ablated(typical_patient(parameters)[0], 1, 2.0, 1e8, regimen)
    assert np.isfinite(ill.clones[:20, Clone.RETURN_WEEK]).sum() >= 15
