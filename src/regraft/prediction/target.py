"""What is to be predicted: a published study, a protocol, or the folder of a trial the package has never seen."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

from regraft.core.errors import FileProblem, InputError, nearest
from regraft.core.settings import list_names
from regraft.evidence.registry import OF_A_TRIAL, list_trials, load_trial
from regraft.evidence.schema import Trial
from regraft.patient.population import Population, load_population
from regraft.replication.replicate import published_trials
from regraft.replication.standing import standing_of, studies_written_for, written_for
from regraft.trial.protocol import EVIDENCE_FOLDER, Protocol, list_protocols, load_protocol

PROTOCOL, POPULATION = "protocol.toml", "population.toml"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A trial that can be simulated as it was run, and what it published (the study's own file first).

    ``asked`` is how it was asked for: its name, or the path of a protocol or folder.
    """

    name: str
    asked: str
    protocol: Protocol
    population: Population
    trials: tuple[Trial, ...]

    @property
    def is_own(self) -> bool:
        """Return whether the published results are a file of one's own, and not a study that comes with regraft."""
        return (self.protocol.evidence or "").endswith(".yaml")


def find_target(name: str) -> Target:
    """Return what a name on the command line means: a folder, a study with a protocol, or a protocol (name or file).

    A name that a study and a protocol share is the study's, under the protocol that is closest to what was done.

    Raises
    ------
    InputError
        Nothing of this name, a folder without its three files, or a study nobody wrote a protocol for.
    """
    path = Path(name)
    if path.is_dir():
        return _folder(path)
    if (name in list_trials() and protocols_of(load_trial(name))) or name.endswith(".yaml"):
        return _study(name)
    if name in list_protocols() or name.endswith(".toml"):
        return _target(name, load_protocol(name))
    if name in list_trials():
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
    return _target(path.name or str(path), load_protocol(path / PROTOCOL, beside), asked=str(path))


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
            f"Studies with one: {', '.join(predictable()) or 'none'}. Or write {PROTOCOL}, {POPULATION} and "
            f"{OF_A_TRIAL} into "
            "a folder and give that (docs/predict-a-new-trial.md)."
        )
    return _target(name, load_protocol(found[0]))


def _target(name: str, protocol: Protocol, *, asked: str | None = None) -> Target:
    trials = published_trials(protocol)
    if not trials:
        raise InputError(
            f"{name}: the protocol names no published results (key `evidence`), so there is nothing to predict. "
            f"Name a study, or use regraft run. Known: {', '.join(list_names(EVIDENCE_FOLDER, '.yaml'))}."
        )
    standing = standing_of(protocol)
    if standing is not None and not standing.belongs:
        raise InputError(f"{name}: nothing to predict. {standing.sentence} Use regraft run, or restore these settings.")
    population = load_population(protocol.population)
    return Target(name=name, asked=asked or name, protocol=protocol, population=population, trials=trials)


def protocols_of(trial: Trial) -> tuple[str, ...]:
    """Return the packaged protocols of a study, one with all its arms first, then one of the study's own name."""
    whole = f"{trial.id}-randomised"
    return tuple(sorted(written_for(trial.id), key=lambda name: (name != whole, name != trial.id, name)))


def predictable() -> tuple[str, ...]:
    """Return the studies that have a protocol."""
    return tuple(sorted(studies_written_for()))
