"""A prediction, a comparison and a validation go on where they were stopped, and come to the same."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from plans import plan_of

from regraft.core.errors import FileProblem
from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.prediction import compare as compare_module
from regraft.prediction import validate as validate_module
from regraft.prediction.compare import compare, regimen_of
from regraft.prediction.target import find_target
from regraft.prediction.validate import Validation, validate
from regraft.replication import replicate
from regraft.replication.decides import Keep
from regraft.replication.replicate import measure_replicates, sought_by
from regraft.trial.protocol import load_protocol
from regraft.writing.parts import Parts, begin_parts

REGIMENS = tuple(regimen_of(name, load_protocol) for name in ("cy-atg", "beam-atg"))


def kept_in(folder: Path) -> Keep:
    return lambda asked: begin_parts(folder, asked)


def stopped_after(number: int, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Do a work that is stopped when so many parts are kept."""
    written, write = [], Parts.write

    def counted(self: Parts, name: str, about: Mapping[str, str], fill: Callable[[Path], None]) -> None:
        if len(written) == number:
            raise KeyboardInterrupt
        written.append(name)
        write(self, name, about, fill)

    with monkeypatch.context() as patch:
        patch.setattr(Parts, "write", counted)
        with pytest.raises(KeyboardInterrupt):
            work()


def made_at(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("SIMULATED-*/part.toml")}


def test_replicate_trials_go_on_and_are_those_of_one_that_was_not_stopped(tmp_path, monkeypatch):
    plan = plan_of("atkins-2016", seed=3, years=1.0)
    wanted = sought_by(plan).wanted
    monkeypatch.setattr(replicate, "_MEASURED_PER_BATCH", 24)
    plain = measure_replicates(plan, wanted, 3)
    monkeypatch.setattr(replicate, "MANY", 50)
    stopped_after(1, monkeypatch, lambda: measure_replicates(plan, wanted, 3, keep=kept_in(tmp_path)))
    before = made_at(tmp_path)
    assert len(before) == 1
    again = measure_replicates(plan, wanted, 3, keep=kept_in(tmp_path))
    assert again.equals(plain)
    assert made_at(tmp_path).items() > before.items()
    with pytest.raises(FileProblem, match="of another number of replicates"):
        measure_replicates(plan, wanted, 4, keep=kept_in(tmp_path))


def test_a_comparison_goes_on_and_is_that_of_one_that_was_not_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(compare_module, "_PATIENTS_PER_BATCH", 8)
    population, parameters = load_population(REGIMENS[0].protocol.population), load_parameters()

    def compared(keep: Keep | None) -> dict[str, object]:
        return compare(REGIMENS, population, parameters, patients=20, seed=3, keep=keep).to_json()

    plain = compared(None)
    monkeypatch.setattr(compare_module, "MANY", 30)
    stopped_after(4, monkeypatch, lambda: compared(kept_in(tmp_path)))
    before = made_at(tmp_path)
    assert len(before) == 4
    assert compared(kept_in(tmp_path)) == plain
    assert len(made_at(tmp_path)) == 6
    assert made_at(tmp_path).items() > before.items()


def test_a_validation_goes_on_and_is_that_of_one_that_was_not_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(replicate, "_MEASURED_PER_BATCH", 24)
    trials = ((find_target("halt-ms"), None), (find_target("atkins-2016"), "ottawa"))
    monkeypatch.setattr(validate_module, "jobs", lambda: trials)

    def validated(draws: int, keep: Keep | None) -> Validation:
        return validate(load_parameters(), draws=draws, seed=3, keep=keep)

    plain = validated(2, None)
    stopped_after(3, monkeypatch, lambda: validated(2, kept_in(tmp_path)))
    before = made_at(tmp_path)
    assert len(before) == 3
    assert validated(2, kept_in(tmp_path)) == plain
    assert len(made_at(tmp_path)) == 4
    assert made_at(tmp_path).items() > before.items()
    with pytest.raises(FileProblem, match="of another number of draws"):
        validated(3, kept_in(tmp_path))
    monkeypatch.setattr(validate_module, "jobs", lambda: (trials[0], (find_target("atkins-2016"), None)))
    with pytest.raises(FileProblem, match="of another trial atkins-2016"):
        validated(2, kept_in(tmp_path))
