"""EDSS scoring against frozen answers of adobrasinovic/edss 2281b06 (MIT) and against cases worked by hand."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.clinical.edss import (
    AmbulationVersion,
    EdssRules,
    Inconsistency,
    converted_grades,
    edss_scores,
    inconsistencies,
    is_on_scale,
)
from regraft.clinical.systems import HIGHEST_RAW
from regraft.core.library import LIBRARY

SAMPLE = LIBRARY / "examples" / "registry-sample" / "SampleData.csv"
ANSWERS = Path(__file__).parents[1] / "data" / "edss" / "javascript-answers.npz"


def every_raw_grade():
    axes = [np.arange(highest + 1) for highest in HIGHEST_RAW.values()]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 7)


def score(visual=0, brainstem=0, pyramidal=0, cerebellar=0, sensory=0, bowel_bladder=0, cerebral=0, walk=0, **rules):
    grades = np.array([[visual, brainstem, pyramidal, cerebellar, sensory, bowel_bladder, cerebral]])
    return edss_scores(grades, np.array([walk]), EdssRules(**rules))[0]


def test_every_grade_with_every_ambulation_score_equals_the_javascript_implementation():
    with np.load(ANSWERS) as answers:
        low, high = answers["ambulation_0_to_2"], answers["ambulation_3_to_16"]
    grades = every_raw_grade()
    assert low.size == 3 * len(grades) == 1_555_848
    for walk in range(3):
        ours = edss_scores(grades, np.full(len(grades), walk))
        assert np.array_equal(2 * ours, low[walk].ravel()), walk
    for walk in range(3, 17):
        ours = edss_scores(grades[::97], np.full(len(grades[::97]), walk))
        assert np.all(2 * ours == high[walk - 3]), walk


@pytest.mark.parametrize(
    ("grades", "edss"),
    [
        ({}, 0.0),
        ({"sensory": 1}, 1.0),
        ({"sensory": 1, "pyramidal": 1}, 1.5),
        ({"cerebellar": 2}, 2.0),
        ({"cerebellar": 2, "sensory": 2}, 2.5),
        ({"cerebellar": 3}, 3.0),
        ({"cerebellar": 3, "sensory": 2, "pyramidal": 2}, 3.5),
        ({"cerebellar": 3, "sensory": 2, "pyramidal": 2, "cerebral": 2}, 4.0),
        ({"pyramidal": 3, "cerebellar": 3, "sensory": 3, "brainstem": 3, "cerebral": 3}, 4.5),
        ({"visual": 6}, 4.0),
        ({"bowel_bladder": 3}, 3.0),
        ({"bowel_bladder": 6}, 5.0),
        ({"walk": 1}, 2.0),
        ({"walk": 2}, 4.5),
        ({"walk": 5}, 6.0),
        ({"walk": 7}, 6.0),
        ({"walk": 8}, 6.5),
        ({"pyramidal": 6, "walk": 3}, 5.0),
        ({"walk": 16}, 10.0),
    ],
)
def test_hand_cases(grades, edss):
    assert score(**grades) == edss


def test_the_ambiguous_rules_are_options():
    assert score(pyramidal=4, sensory=2) == 4.5
    assert score(pyramidal=4, sensory=2, one_fs4_with_fs2=4.0) == 4.0
    assert score(cerebral=1) == 1.0
    assert score(cerebral=1, fatigue_counts=False) == 0.0
    assert score(cerebral=2, fatigue_counts=False) == 2.0


def test_the_older_ambulation_score_reaches_its_own_steps():
    expected = [5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0]
    assert [score(walk=k, ambulation=AmbulationVersion.TWELVE_POINT) for k in range(3, 14)] == expected
    assert np.isnan(score(walk=14, ambulation=AmbulationVersion.TWELVE_POINT))
    assert score(walk=1, ambulation=AmbulationVersion.TWELVE_POINT) == 2.0
    assert score(walk=1, ambulation=AmbulationVersion.KURTZKE) == 4.0


def test_the_registry_sample_follows_the_older_ambulation_score():
    sample = pl.read_csv(SAMPLE, null_values="NA").filter(pl.col("EDSS").is_not_null() & pl.col("FSamb").is_not_null())
    systems = ("FSvis", "FSbstem", "FSpyr", "FScrbl", "FSsens", "FSsph", "FScereb")
    grades = sample.select(pl.col(systems).fill_null(-1)).to_numpy()
    agreed = {
        version: int(
            np.sum(
                edss_scores(grades, sample["FSamb"].to_numpy(), EdssRules(ambulation=version))
                == sample["EDSS"].to_numpy()
            )
        )
        for version in AmbulationVersion
    }
    assert agreed == {
        AmbulationVersion.SIXTEEN_POINT: 115,
        AmbulationVersion.TWELVE_POINT: 289,
        AmbulationVersion.KURTZKE: 309,
    }


def test_what_was_not_recorded_gives_no_score_unless_walking_decides():
    assert np.isnan(score(sensory=-1))
    assert np.isnan(score(walk=-1))
    assert np.isnan(score(brainstem=6))
    assert score(sensory=-1, walk=10) == 7.0


def test_conversion_touches_only_visual_and_bowel_bladder():
    raw = every_raw_grade()
    converted = converted_grades(raw)
    assert np.array_equal(np.unique(converted[:, 0]), np.arange(5))
    assert np.array_equal(np.unique(converted[:, 5]), np.arange(6))
    assert np.array_equal(converted[:, [1, 2, 3, 4, 6]], raw[:, [1, 2, 3, 4, 6]])
    assert converted_grades(np.full((1, 7), -1)).tolist() == [[-1] * 7]


def test_inconsistent_examinations_are_flagged_and_missing_ones_are_not():
    grades = np.array([[0, 0, 3, 0, 0, 0, 0], [0, 0, 3, 0, 0, 0, 0], [0, 0, 5, 4, 4, 0, 0], [-1] * 7])
    edss = np.array([3.0, 2.0, 5.0, np.nan])
    walk = np.array([0, 0, 6, -1])
    found = inconsistencies(edss, grades, walk)
    assert found[Inconsistency.NOT_AS_COMPUTED].tolist() == [False, True, True, False]
    assert found[Inconsistency.BELOW_HIGHEST_SYSTEM].tolist() == [False, True, False, False]
    assert found[Inconsistency.BELOW_AMBULATION].tolist() == [False, False, True, False]
    assert found[Inconsistency.SYSTEMS_ABOVE_AMBULATION].tolist() == [False] * 4


def test_only_half_points_without_a_half_are_on_the_scale():
    values = np.array([0.0, 0.5, 1.0, 1.5, 2.3, 9.5, 10.0, 10.5, 11.0, -1.0, np.nan])
    assert is_on_scale(values).tolist() == [True, False, True, True, False, True, True, False, False, False, False]
