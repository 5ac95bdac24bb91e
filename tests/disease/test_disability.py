"""Examination: grades round the deficits, the walking score follows the burden, and the EDSS fits both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import Lives

from regraft.clinical.edss import converted_grades, edss_scores
from regraft.core.parameters import ParameterSet
from regraft.core.streams import Purpose, normal
from regraft.disease.disability import EXAMINATION_SIZE, examine, make_reading, rater_errors, read_edss
from regraft.disease.layout import Weekly
from regraft.patient.record import typical_patient

DEFICITS = st.tuples(*(st.floats(0.0, highest) for highest in (4, 5, 6, 5, 6, 5, 5)))


def found(p: np.void, deficits: tuple[float, ...], noise: float = 0.0) -> np.ndarray:
    row = np.zeros(len(Weekly))
    row[:7] = deficits
    out = np.zeros(EXAMINATION_SIZE, dtype=np.int64)
    examine(p, row, 0.0, 1.0, np.full(7, noise), out)
    return out


@settings(max_examples=200, deadline=None)
@given(deficits=DEFICITS, noise=st.floats(-0.7, 0.7))
def test_the_conversion_of_a_raw_grade_is_the_rounded_deficit(
    parameters: ParameterSet, deficits: tuple[float, ...], noise: float
) -> None:
    out = found(typical_patient(parameters)[0], deficits, noise)
    highest = np.array([4, 5, 6, 5, 6, 5, 5])
    expected = np.clip(np.floor(np.array(deficits) + noise + 0.5), 0, highest)
    if out[7] < 5:  # neither all power nor sensation below the head is lost in somebody who walks unaided
        expected[[2, 4]] = np.minimum(expected[[2, 4]], 5)
    assert converted_grades(out[None, :7])[0].tolist() == expected.tolist()
    assert 0 <= out[7] <= 15
    assert not np.isnan(edss_scores(out[None, :7], out[7:])[0])


@settings(max_examples=100, deadline=None)
@given(deficits=DEFICITS, more=st.floats(0.0, 2.0), system=st.integers(0, 6))
def test_more_deficit_never_lowers_a_grade_or_the_walking_score(
    parameters: ParameterSet, deficits: tuple[float, ...], more: float, system: int
) -> None:
    p = typical_patient(parameters)[0]
    worse = list(deficits)
    worse[system] = min(worse[system] + more, (4, 5, 6, 5, 6, 5, 5)[system])
    assert (found(p, tuple(worse)) >= found(p, deficits)).all()


def test_visual_and_bowel_bladder_reach_grade_six(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    assert found(p, (4, 5, 6, 5, 6, 5, 5)).tolist() == [6, 5, 6, 5, 6, 6, 5, 15]
    assert [int(found(p, (x, 0, 0, 0, 0, 0, 0))[0]) for x in (0.4, 1.0, 1.7, 2.2, 2.7, 3.2, 3.7)] == list(range(7))
    assert [int(found(p, (0, 0, 0, 0, 0, x, 0))[5]) for x in (0.4, 1.0, 2.0, 2.7, 3.2, 4.0, 4.7)] == list(range(7))


def test_the_true_edss_is_what_an_error_free_rater_scores(parameters: ParameterSet, natural: Lives) -> None:
    p = typical_patient(parameters)[0]
    rows = natural.rows[:200, ::40].reshape(-1, len(Weekly))
    grades = np.array([found(p, tuple(row[:7])) for row in rows])
    assert edss_scores(grades[:, :7], grades[:, 7]).tolist() == rows[:, Weekly.TRUE_EDSS].tolist()


def test_walking_needs_legs(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    assert found(p, (4, 5, 0, 0, 0, 5, 5))[7] == 0
    assert found(p, (0, 0, 4, 2, 2, 0, 0))[7] >= 3


def test_inflammation_disables_until_it_ends(reset: Lives) -> None:
    before = reset.rows[:, 255, Weekly.INFLAMMATION].mean()
    after = reset.rows[:, 500, Weekly.INFLAMMATION].mean()
    assert before > 0.1
    assert after < 0.1 * before


@pytest.mark.parametrize("system", range(7))
def test_smouldering_shares_add_up(parameters: ParameterSet, system: int) -> None:
    names = ("visual", "brainstem", "pyramidal", "cerebellar", "sensory", "bowel_bladder", "cerebral")
    shares = [parameters[f"smouldering_share_{name}"].value for name in names]
    assert sum(shares) == pytest.approx(1.0)
    assert shares[system] > 0.0


def test_a_rater_looks_again_where_grades_do_not_add_up(parameters: ParameterSet) -> None:
    looks = {
        ratio: typical_patient(parameters.replace({"disability_rater_second_look_ratio": ratio}))[0]
        for ratio in (0.2, 1.0)
    }
    same = {}
    for ratio, p in looks.items():
        row, hits = np.zeros(len(Weekly)), []
        row[:7] = (0.4, 1.3, 2.3, 2.6, 1.4, 1.2, 0.7)
        row[Weekly.TRUE_EDSS] = edss_scores(found(p, tuple(row[:7]))[None, :7], found(p, tuple(row[:7]))[7:])[0]
        for number in range(400):
            reading = make_reading()
            for slot, errors in enumerate((reading.own, reading.noise)):
                errors[:] = [normal(3, number, int(Purpose.RATER), slot, k) for k in range(7)]
            hits.append(read_edss(p, row, 0.0, reading) == row[Weekly.TRUE_EDSS])
        same[ratio] = np.mean(hits)
    assert same[0.2] > same[1.0] + 0.15


def test_errors_differ_between_systems_as_physicians_agree_on_them(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    spread = np.array([[normal(4, i, int(Purpose.RATER), 0, k) for k in range(7)] for i in range(500)])
    for row in spread:
        rater_errors(p, np.zeros(7), row)
    sd = spread.std(axis=0) / np.sqrt(1.0 - parameters["disability_rater_own_share"].value)
    assert sd[2] == pytest.approx(0.3, abs=0.03)
    assert sd[[3, 4]].min() > 0.5 > sd[[0, 1, 5, 6]].max()


def test_who_leans_towards_improvement_leans_on_grades_and_not_on_walking(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]

    def rated(deficits: tuple[float, ...], bias: float) -> float:
        row = np.zeros(len(Weekly))
        row[:7] = deficits
        row[Weekly.TRUE_EDSS] = edss_scores(found(p, deficits)[None, :7], found(p, deficits)[7:])[0]
        reading = make_reading()
        reading.own[:] = 0.0
        return read_edss(p, row, bias, reading)

    with_an_aid = (1.0, 1.0, 3.2, 2.6, 2.6, 2.2, 1.0)
    assert rated(with_an_aid, 0.0) >= 6.0
    assert rated(with_an_aid, -0.6) == rated(with_an_aid, 0.0)
    walks_freely = (1.6, 1.6, 0.6, 0.6, 1.6, 0.6, 1.6)
    assert rated(walks_freely, -0.6) < rated(walks_freely, 0.0) < 4.0
