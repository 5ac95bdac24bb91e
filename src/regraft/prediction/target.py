"""What is to be predicted: a published study, a protocol, or the folder of a trial the package has never seen."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

from regraft.core.errors import FileProblem, InputError, nearest
from regraft.core.settings import list_names
from regraft.evidence.registry import OF_A_TRIAL, list_trials, load_trial
from regraft.evidence.schema import Trial
from regraft.patient.population import Population, load_population
from regraft.reenact.replicate import published_trials
from regraft.trial.protocol import EVIDENCE_FOLDER, Protocol, list_protocols, load_protocol

PROTOCOL, POPULATION = "protocol.toml", "population.toml"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A trial that can be simulated as it was run, and what it published (the study's own file first)."""

    name: str
    protocol: Protocol
    population: Population
    trials: tuple[Trial, ...]


def find_target(name: str) -> Target:
    """Return what a name on the command line means: a folder, a protocol (name or file), or a study with a protocol.

    Raises
    ------
    InputError
        Nothing of this name, a folder without its three files, or a study nobody wrote a protocol for.
    """
    path = Path(name)
    if path.is_dir():
        return _folder(path)
    if name in list_protocols() or name.endswith(".toml"):
        return _target(name, load_protocol(name))
    if name in list_trials() or name.endswith(".yaml"):
        return _study(name)
    known = sorted({*list_protocols(), *list_trials()})
    raise InputError(f"{name}: no protocol, study or folder. {nearest(name, known)}")


def _folder(path: Path) -> Target:
    """Return the trial of a folder; its population and published results stand in place of what the protocol names."""
    for file in (PROTOCOL, POPULATION, OF_A_TRIAL):
        if not (path / file).is_file():
            raise FileProblem(
                path / file, "no such file", f"A trial to predict needs {PROTOCOL}, {POPULATION} and {OF_A_TRIAL}."
            )
    beside = {"population": POPULATION, "evidence": OF_A_TRIAL}
    return _target(path.name or str(path), load_protocol(path / PROTOCOL, beside))


def _study(name: str) -> Target:
    """Return the protocol that was written for a study: of its name, or the first that is held against it."""
    trial = load_trial(name)
    if name.endswith(".yaml"):
        wanted = str(Path(name).resolve())
        raise InputError(f"{wanted}: published results alone cannot be simulated. Give the folder with {PROTOCOL} too.")
    found = protocols_of(trial)
    if not found:
        raise InputError(
            f"{name}: no protocol of this study has been written, so it cannot be simulated as it was run. "
            f"Studies with one: {', '.join(predictable()) or 'none'}. Or write {PROTOCOL}, {POPULATION} and {OF_A_TRIAL} into "
            "a folder and give that (docs/predict-a-new-trial.md)."
        )
    return _target(name, load_protocol(found[0]))


def _target(name: str, protocol: Protocol) -> Target:
    trials = published_trials(protocol)
    if not trials:
        raise InputError(
            f"{name}: the protocol names no published results (key `evidence`), so there is nothing to predict. "
            f"Name a study, or use regraft run. Known: {', '.join(list_names(EVIDENCE_FOLDER, '.yaml'))}."
        )
    return Target(name=name, protocol=protocol, population=load_population(protocol.population), trials=trials)


def protocols_of(trial: Trial) -> tuple[str, ...]:
    """Return the packaged protocols held against a study, one of the study's own name first."""
    held = [name for name in list_protocols() if load_protocol(name).evidence == trial.id]
    return tuple(sorted(held, key=lambda name: (name != trial.id, name)))


def predictable() -> tuple[str, ...]:
    """Return the studies that have a protocol."""
    return tuple(sorted({str(evidence) for name in list_protocols() if (evidence := load_protocol(name).evidence)}))
