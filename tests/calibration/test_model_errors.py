"""Factors of the model's own errors are learned from how far published values lie from what the model can show."""

import numpy as np
import pytest

from regraft.calibration.linear_bayes import Surfaces
from regraft.calibration.model_errors import Factors, PublishedWithErrors, factors_by
from regraft.core.calibrated import Block, Calibrated, Learned
from regraft.core.streams import Purpose, fill_normals

ROWS = 120
ENTRIES = tuple(
    Calibrated(name=f"discrepancy_{kind}", block=Block.DISEASE, median=1.0, low=0.2, high=4.0, error_of=kind)
    for kind in (Learned.ACTIVITY, Learned.DISABILITY)
)


def normals(seed: int, *shape: int) -> np.ndarray:
    out = np.zeros(int(np.prod(shape)))
    fill_normals(seed, 1, int(Purpose.CALIBRATION), 0, 0, out)
    return out.reshape(shape)


@pytest.fixture(scope="module")
def found() -> Factors:
    """Return what rows say whose errors are half as large as stated for activity, and three times for disability."""
    slopes = 0.2 * normals(1, ROWS, 8)
    is_activity = np.arange(ROWS) < ROWS // 2
    true = np.where(is_activity, 0.5, 3.0) * 0.3
    values = slopes @ normals(2, 8) + true * normals(3, ROWS) + 0.05 * normals(4, ROWS)
    surfaces = Surfaces(
        constant=np.zeros(ROWS),
        on_sampled=slopes[:, :5],
        on_calibrated=slopes[:, 5:],
        unexplained=np.zeros((ROWS, ROWS)),
        explained=np.ones(ROWS),
    )
    stated = {
        kind: np.diag(0.09 * own) for kind, own in ((Learned.ACTIVITY, is_activity), (Learned.DISABILITY, ~is_activity))
    }
    seen = PublishedWithErrors(values=values, fixed=0.05**2 * np.eye(ROWS), by=stated)
    return factors_by(surfaces, seen, np.ones(ROWS, dtype=bool), ENTRIES)


def test_factors_come_near_the_truth_each_for_its_kind(found: Factors) -> None:
    middle = found.middle()
    assert middle[Learned.ACTIVITY] == pytest.approx(0.5, rel=0.25)
    assert middle[Learned.DISABILITY] == pytest.approx(3.0, rel=0.25)


def test_draws_of_factors_fill_their_own_columns_and_hold_the_truth(found: Factors) -> None:
    other = Calibrated(name="rate", block=Block.DISEASE, median=1.0, low=0.0, high=2.0)
    z = np.full((2000, 3), 9.0)
    found.fill(z, (ENTRIES[1], other, ENTRIES[0]))
    assert (z[:, 1] == 9.0).all()
    for column, entry, truth in ((0, ENTRIES[1], 3.0), (2, ENTRIES[0], 0.5)):
        low, high = np.quantile(entry.value_at(z[:, column]), (0.025, 0.975))
        assert low < truth < high
        assert high - low < truth


def test_a_factor_that_is_not_named_is_one_and_errors_add_up() -> None:
    parts = {kind: np.eye(2) for kind in Learned}
    seen = PublishedWithErrors(values=np.zeros(2), fixed=np.eye(2), by=parts)
    assert np.allclose(seen.at({Learned.ACTIVITY: 2.0}).error, (1.0 + 4.0 + len(Learned) - 1.0) * np.eye(2))
