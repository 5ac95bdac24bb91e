"""The patient record: typical values, spread by name, body size by its formulas."""

import numpy as np
import pytest

from regraft.core.parameters import Origin, Parameter, ParameterSet, Spread
from regraft.core.streams import Address
from regraft.patient.record import COVARIATES, draw_effects, empty_matrix, spreads_of, typical_patient


def parameter(name: str, **changes: object) -> Parameter:
    fields: dict[str, object] = {"value": 2.0, "unit": "1", "origin": Origin.ASSUMED, "why": "test"}
    return Parameter(name=name, **(fields | changes))  # type: ignore[arg-type]  # fields are checked by the dataclass


def rows(parameters: ParameterSet, patients: int, seed: int = 11) -> np.ndarray:
    spreads, matrix = spreads_of(parameters), empty_matrix(parameters, patients)
    for i in range(patients):
        draw_effects(spreads, Address(seed, i), 0, matrix[i])
    return matrix[:, len(COVARIATES) :]


def test_body_sizes_follow_their_formulas() -> None:
    p = typical_patient(ParameterSet((), {}), weight_kg=80.0, height_cm=180.0)[0]
    assert p["patient_bsa_m2"] == pytest.approx(2.0)  # Mosteller: sqrt(180 * 80 / 3600)
    assert p["patient_ideal_weight_kg"] == pytest.approx(50.0 + 0.9055 * 27.6)
    assert p["patient_fat_free_mass_kg"] == pytest.approx(61.731, abs=0.001)  # 9270*80/(6680+216*24.691)


def test_spread_has_the_median_and_width_it_declares() -> None:
    names = ("a", "b", "c")
    sigma = float(np.sqrt(np.log1p(0.3**2)))
    parameters = ParameterSet(
        (
            parameter("a", spread=Spread.LOGNORMAL, sigma=sigma),
            parameter("b", spread=Spread.LOGNORMAL, sigma=sigma, correlated_with="a", correlation=0.6),
            parameter("c", value=0.2, spread=Spread.LOGITNORMAL, sigma=0.5),
        ),
        {},
    )
    drawn = rows(parameters, 4000)
    assert parameters.names == names
    assert np.median(drawn[:, 0]) == pytest.approx(2.0, rel=0.03)
    assert np.std(np.log(drawn[:, 0])) == pytest.approx(sigma, rel=0.05)
    assert np.corrcoef(np.log(drawn[:, 0]), np.log(drawn[:, 1]))[0, 1] == pytest.approx(0.6, abs=0.04)
    assert np.all((drawn[:, 2] > 0) & (drawn[:, 2] < 1))


def test_a_new_parameter_leaves_the_others_where_they_were() -> None:
    one = parameter("one", spread=Spread.LOGNORMAL, sigma=0.3)
    alone = rows(ParameterSet((one,), {}), 5)
    with_more = rows(ParameterSet((parameter("zero", spread=Spread.NORMAL, sigma=1.0), one), {}), 5)
    assert np.array_equal(alone[:, 0], with_more[:, 1])
