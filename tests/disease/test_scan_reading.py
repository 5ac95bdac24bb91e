"""What readers of scans count of the lesions that formed: all that enhance, most fresh ones, two fifths of old ones."""

import numpy as np
import pytest

from regraft.core.parameters import ParameterSet
from regraft.disease.scan_reading import new_lesions_seen
from regraft.patient.record import typical_patient

UNIFORMS = (np.arange(400) + 0.5) / 400


def seen(parameters: ParameterSet, formed: int, enhancing: int, enhancing_then: int, weeks: float) -> np.ndarray:
    p = typical_patient(parameters)[0]
    return np.array([new_lesions_seen(p, formed, enhancing, enhancing_then, weeks, u) for u in UNIFORMS])


@pytest.mark.parametrize(("weeks", "share"), [(1.0, 0.86), (4.0, 0.75), (26.0, 0.45), (52.0, 0.41), (104.0, 0.4)])
def test_the_share_of_lesions_seen_falls_with_the_time_between_scans(
    parameters: ParameterSet, weeks: float, share: float
) -> None:
    assert seen(parameters, 20, 0, 0, weeks).mean() / 20 == pytest.approx(share, abs=0.01)


def test_what_newly_enhances_is_always_counted_and_what_still_does_is_not(parameters: ParameterSet) -> None:
    assert seen(parameters, 10, 4, 0, 26.0).min() >= 4
    assert seen(parameters, 0, 4, 4, 12.0).max() == 0
    assert seen(parameters, 0, 4, 4, 52.0).min() == 4  # no lesion enhances for a year: these are others
    assert seen(parameters, 10, 0, 0, 26.0).max() <= 10
