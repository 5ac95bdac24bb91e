"""The posterior as two small files: what is written is what every default run reads."""

from pathlib import Path

import numpy as np
import pytest

from regraft.calibration.priors import load_priors
from regraft.calibration.synthetic import prior_draws
from regraft.calibration.targets import load_targets
from regraft.calibration.write_posterior import write_posterior
from regraft.core.calibrated import Block, Calibrated
from regraft.core.errors import FileProblem
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior


def written(folder: Path) -> np.ndarray:
    z = prior_draws(30, len(load_priors()), 5)
    write_posterior(folder, load_priors(), z, load_targets(), "a test", {"ottawa": z[:10]})
    return z


def test_draws_come_back_with_the_most_central_one_first(tmp_path: Path) -> None:
    z = written(tmp_path)
    posterior = load_posterior(tmp_path)
    assert posterior is not None
    assert sorted(map(tuple, posterior.z.tolist())) == sorted(map(tuple, np.round(z, 4).tolist()))
    away = (((posterior.z - z.mean(axis=0)) / z.std(axis=0)) ** 2).sum(axis=1)
    assert away.argmin() == 0


def test_typical_values_move_calibrated_parameters_only(tmp_path: Path) -> None:
    written(tmp_path)
    posterior = load_posterior(tmp_path)
    assert posterior is not None
    parameters = load_parameters()
    values = posterior.typical_values(parameters)
    moved = {parameters[entry.name].name for entry in load_priors() if entry.is_parameter}
    for i, name in enumerate(parameters.names):
        assert (name in moved) == bool(np.ptp(values[:, i]) > 0.0), name
    for entry in load_priors():
        if entry.is_parameter:
            column = values[:, parameters.places[entry.name]]
            assert np.all((entry.low <= column) & (column <= entry.high))


def test_a_study_has_an_effect_of_its_own_that_is_always_the_same(tmp_path: Path) -> None:
    written(tmp_path)
    posterior = load_posterior(tmp_path)
    assert posterior is not None
    parameters = load_parameters()
    here, again = (posterior.typical_values(parameters, "a-study", 3) for _ in range(2))
    other = posterior.typical_values(parameters, "another-study", 3)
    grouped = parameters.names.index("smouldering_transplant_ratio")
    single = parameters.names.index("lesions_rate_per_year")
    assert np.array_equal(here, again)
    assert not np.allclose(here[:, grouped], other[:, grouped])
    assert np.array_equal(here[:, single], other[:, single])


def test_the_posterior_without_a_cohort_names_no_target_of_it(tmp_path: Path) -> None:
    written(tmp_path)
    posterior = load_posterior(tmp_path, without="ottawa")
    assert posterior is not None
    assert len(posterior.z) == 10
    assert posterior.targets
    assert not [key for key in posterior.targets if key.startswith(("atkins", "ottawa"))]


def test_a_changed_table_of_draws_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    file = tmp_path / "draws.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("0.1", "0.2", 1), encoding="utf-8")
    with pytest.raises(FileProblem, match="digest"):
        load_posterior(tmp_path)


def test_no_posterior_is_no_error(tmp_path: Path) -> None:
    assert load_posterior(tmp_path) is None


@pytest.mark.parametrize("z", [-6.0, -1.0, 0.0, 1.0, 6.0])
def test_a_calibrated_value_stays_in_its_range_and_leads_back(z: float) -> None:
    entry = Calibrated(name="x", block=Block.DISEASE, median=0.3, low=0.1, high=2.0)
    value = entry.value_at(np.array(z))
    assert 0.1 <= value <= 2.0
    if abs(z) < 4:
        assert entry.z_of(value) == pytest.approx(z, abs=1e-6)
