"""What mobilisation does to the disease: cyclophosphamide quiets it, filgrastim alone may stir it up."""

import pytest

from regraft.therapy.mobilising import effect_of_mobilisation


def test_cyclophosphamide_quiets_the_disease_and_fades(p) -> None:
    effects = [effect_of_mobilisation(p, weeks, 4.5, 0.0) for weeks in (-1.0, 0.0, 13.0, 200.0)]
    assert effects[0] == 1.0
    assert effects[1] == pytest.approx(p["mobilising_lesions"])
    assert effects[1] < effects[2] < effects[3] < 1.0 + 1e-9


def test_usual_doses_do_the_same_and_small_ones_less(p) -> None:
    assert effect_of_mobilisation(p, 1.0, 2.0, 0.0) == effect_of_mobilisation(p, 1.0, 4.5, 0.0)
    assert effect_of_mobilisation(p, 1.0, 1.0, 0.0) > effect_of_mobilisation(p, 1.0, 2.0, 0.0)


def test_filgrastim_alone_flares_for_weeks_unless_prednisone_goes_with_it(p) -> None:
    assert effect_of_mobilisation(p, 1.0, 0.0, 0.0) == p["mobilising_flare_factor"] > 1.0
    assert effect_of_mobilisation(p, 1.0, 0.0, 1.0) == 1.0
    assert effect_of_mobilisation(p, 30.0, 0.0, 0.0) == 1.0
