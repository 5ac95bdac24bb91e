"""Courses and structural variants: what a person has from the start, and what makes disability."""

import numpy as np
import pytest
from lives import Circumstances, Lives, live_many
from numpy.typing import NDArray

from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import MsCourseCode, Weekly

YEARS_12 = int(12 * WEEKS_PER_YEAR)
SEED = 20161


@pytest.fixture(scope="module")
def relapsing(population: NDArray[np.void]) -> NDArray[np.void]:
    return population[:200]


def with_values(people: NDArray[np.void], changes: dict[str, float]) -> NDArray[np.void]:
    changed = people.copy()
    for name, value in changes.items():
        changed[name] = value
    return changed


def last(lives: Lives, column: Weekly) -> float:
    return float(lives.rows[:, -1, column].mean())


@pytest.fixture(scope="module")
def untreated(relapsing: NDArray[np.void]) -> Lives:
    return live_many(relapsing, YEARS_12, seed=SEED)


def test_primary_progressive_people_relapse_little_and_worsen_early(
    relapsing: NDArray[np.void], untreated: Lives
) -> None:
    lives = live_many(with_values(relapsing, {"patient_is_primary_progressive": 1.0}), YEARS_12, seed=SEED)
    assert (lives.rows[:, :, Weekly.PROGRESSIVE] == MsCourseCode.PRIMARY_PROGRESSIVE).all()
    assert lives.counts.mean() < 0.15 * untreated.counts.mean()
    assert last(lives, Weekly.GRADUAL_GRADES) > 2.0 * last(untreated, Weekly.GRADUAL_GRADES)


def test_the_relapsing_course_may_become_secondary_and_never_primary_progressive(untreated: Lives) -> None:
    assert set(np.unique(untreated.rows[:, :, Weekly.PROGRESSIVE])) == {
        MsCourseCode.RELAPSING,
        MsCourseCode.SECONDARY_PROGRESSIVE,
    }


def test_inflammation_as_a_bystander_leaves_nothing_but_slow_loss(
    relapsing: NDArray[np.void], untreated: Lives
) -> None:
    lives = live_many(with_values(relapsing, {"variant_peripheral_weight": 0.0}), YEARS_12, seed=SEED)
    assert lives.counts.sum() == untreated.counts.sum()  # the same attacks
    assert last(lives, Weekly.PERMANENT_GRADES) == 0.0
    assert last(lives, Weekly.INFLAMMATION) == 0.0
    assert 0.0 < last(lives, Weekly.GRADUAL_GRADES) < last(untreated, Weekly.GRADUAL_GRADES)


@pytest.mark.parametrize(
    ("variant", "stops"), [("variant_degeneration_weight", True), ("variant_peripheral_weight", False)]
)
def test_ablation_stops_slow_loss_only_if_the_immune_system_drives_it(
    relapsing: NDArray[np.void], variant: str, stops: bool
) -> None:
    people = with_values(
        relapsing,
        {variant: 0.0, "smouldering_reserve": 0.0, "neurotoxicity_grades_per_pct": 0.0, "clones_new_per_year": 0.0},
    )
    ablated = Circumstances(ablation_week=260, log10_kill=12.0)
    gradual = live_many(people, YEARS_12, seed=SEED, circumstances=ablated).rows[:, :, Weekly.GRADUAL_GRADES]
    without = live_many(people, YEARS_12, seed=SEED).rows[:, :, Weekly.GRADUAL_GRADES]
    after = gradual[:, -1] - gradual[:, 260 // 4]
    untouched = without[:, -1] - without[:, 260 // 4]
    assert after.mean() == pytest.approx(0.0 if stops else untouched.mean(), abs=0.02 if stops else 1e-12)
