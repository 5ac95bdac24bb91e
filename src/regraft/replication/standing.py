"""Whether published numbers belong to a protocol: they stand only beside the protocol written for their study."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import final

from regraft.core.settings import read_toml
from regraft.evidence.registry import list_trials, load_trial
from regraft.trial.differences import Difference, differences, in_words
from regraft.trial.protocol import FOLDER, Protocol, list_protocols, load_protocol

_SHOWN = 12


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a protocol is to the published study that it names.

    Parameters
    ----------
    study : str
        Key of the study.
    protocol : str
        The protocol that was written for it, of several the most alike.
    differs : tuple of Difference
        Where this protocol departs from that one; empty: the published numbers belong beside it.
    """

    study: str
    protocol: str
    differs: tuple[Difference, ...] = ()

    @property
    def belongs(self) -> bool:
        """Return whether published numbers may stand beside this protocol."""
        return not self.differs

    @property
    def sentence(self) -> str:
        """Return why no published number is shown, in words; empty where they are."""
        if self.belongs:
            return ""
        many = len(self.differs)
        return (
            f"No published number stands beside this trial: it names the results of {self.study} and differs from the "
            "protocol "
            f"written for that study ({self.protocol}) in {many} {'setting' if many == 1 else 'settings'}: "
            f"{in_words(self.differs, _SHOWN)}."
        )


def standing_of(protocol: Protocol) -> Standing | None:
    """Return what a protocol is to the study it names, or None when it names none."""
    if protocol.evidence is None:
        return None
    study = load_trial(protocol.evidence).id
    written = [load_protocol(name) for name in written_for(study)] if study in list_trials() else [protocol.evidence_of]
    compared = [(one, differences(protocol, one)) for one in written]
    if not compared:
        return Standing(study=study, protocol=protocol.name)
    closest, changed = min(compared, key=lambda pair: len(pair[1]))
    return Standing(study=study, protocol=closest.name, differs=changed)


def written_for(study: str) -> tuple[str, ...]:
    """Return the packaged protocols that were written for a study."""
    return studies_written_for().get(study, ())


@cache
def studies_written_for() -> Mapping[str, tuple[str, ...]]:
    """Return the protocols whose own file names each study; one that is only like another inherits no study."""
    found: dict[str, list[str]] = {}
    for name in list_protocols():
        evidence = read_toml(FOLDER / f"{name}.toml").get("evidence")
        if evidence is not None:
            found.setdefault(str(evidence), []).append(name)
    return {study: tuple(names) for study, names in found.items()}
