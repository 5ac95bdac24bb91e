"""What takes long comes to the same on workers as on this machine, to the last bit."""

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("distributed", reason="needs regraft[cluster]")

from dask_processes import LONGEST_S, dask_processes
from plans import plan_of

from regraft.calibration import simulated_sets
from regraft.calibration.natural_history import natural_history_targets
from regraft.calibration.priors import load_priors
from regraft.cluster.settings import Cluster
from regraft.cluster.workers import ClusterWorkers
from regraft.core.jobs import ONE_THREAD, Workers
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.patient.population import load_population
from regraft.prediction import compare as compare_module
from regraft.prediction import validate as validate_module
from regraft.prediction.compare import compare, regimen_of
from regraft.prediction.sensitivity import outcomes_at
from regraft.prediction.target import find_target
from regraft.prediction.validate import validate
from regraft.replication import replicate
from regraft.replication.replicate import measure_replicates, sought_by
from regraft.trial.protocol import load_protocol
from regraft.verification.disease import verify
from regraft.verification.disease.pools import primary

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def afar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Two workers of a real scheduler, which all tests here share."""
    with dask_processes(tmp_path_factory.mktemp("dask")) as processes:
        for _ in range(2):
            processes.worker()
        yield ClusterWorkers(Cluster(address=processes.address, wait_minutes=LONGEST_S / 60), print)


def test_replicate_trials(afar, monkeypatch):
    monkeypatch.setattr(replicate, "_MEASURED_PER_BATCH", 24)
    plan = plan_of("atkins-2016", seed=3, years=1.0)
    wanted, lived = sought_by(plan).wanted, []
    here, there = (measure_replicates(plan, wanted, 3, workers, lived.append) for workers in (ONE_THREAD, afar))
    assert there.equals(here)
    assert sum(lived) == 2 * 72


def test_a_comparison(afar, monkeypatch):
    monkeypatch.setattr(compare_module, "_PATIENTS_PER_BATCH", 8)
    regimens = [regimen_of(name, load_protocol) for name in ("cy-atg", "beam-atg")]
    population, parameters = load_population(regimens[0].protocol.population), load_parameters()
    here, there = (
        compare(regimens, population, parameters, patients=20, seed=3, workers=workers).to_json()
        for workers in (ONE_THREAD, afar)
    )
    assert there == here


def test_a_validation(afar, monkeypatch):
    monkeypatch.setattr(replicate, "_MEASURED_PER_BATCH", 24)
    trials = ((find_target("halt-ms"), None), (find_target("atkins-2016"), "ottawa"))
    monkeypatch.setattr(validate_module, "jobs", lambda: trials)
    here, there = (validate(load_parameters(), draws=2, seed=3, workers=workers) for workers in (ONE_THREAD, afar))
    assert {one.fitted_without for one in here.rows} == {None, "ottawa"}
    assert there == here


def test_simulated_sets_of_a_calibration(afar, monkeypatch, tmp_path):
    monkeypatch.setattr(simulated_sets, "POINTS_PER_PART", 1)
    targets = tuple(target for target in natural_history_targets() if target.population == "primary")
    run = simulated_sets.DesignRun(
        points=2,
        patients_min=10,
        patients_max=20,
        calibrated=load_priors(),
        targets=targets,
        parameters=load_parameters(),
        seed=1,
        threads=1,
    )

    def files(name: str, workers: Workers) -> dict[str, bytes]:
        simulated_sets.simulate_sets(run, tmp_path / name, workers=workers)
        return {path.name: path.read_bytes() for path in (tmp_path / name / run.digest()).iterdir()}

    here, there = files("here", ONE_THREAD), files("there", afar)
    assert len(here) == 2
    assert there == here


def test_points_of_a_sensitivity(afar):
    plan = plan_of("cy-atg", seed=3)
    varied = tuple(entry for entry in load_priors() if entry.is_parameter)[:2]
    points = np.array([[0.0, 0.0], [1.0, -1.0]])
    here, there = (outcomes_at(plan, varied, points, 12, workers) for workers in (ONE_THREAD, afar))
    assert all(np.isfinite(values).all() for values in here.values())
    for name, values in here.items():
        assert np.array_equal(there[name], values)


def test_a_verification_of_the_disease(afar, monkeypatch):
    monkeypatch.setattr(verify, "POOLS", {"primary": primary})
    here, there = (
        verify.verify_disease(load_parameters(), load_posterior(), seed=5, replicates=60, draws=3, workers=workers)
        for workers in (ONE_THREAD, afar)
    )
    assert there.to_json() == here.to_json()
