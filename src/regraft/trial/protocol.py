"""A whole trial as one readable file: who may enter, what is done to them, what is looked at and when it stops."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any, Self, final

from pydantic import Field, PrivateAttr, model_validator

from regraft.core.errors import nearest
from regraft.core.inherit import read_with_parents
from regraft.core.library import LIBRARY
from regraft.core.limits import limited
from regraft.core.line import Line
from regraft.core.origin import Standing
from regraft.core.settings import (
    Issue,
    Many,
    Section,
    find_file,
    list_names,
    raise_issues,
    read_toml,
    refuse_all,
    validate,
)
from regraft.core.sources import Source, count_origins, unmatched_sources
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import Definition, load_definition
from regraft.patient import population as populations
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial import aftercare as schedules
from regraft.trial.aftercare import Aftercare
from regraft.trial.arms import Arm, Estimand, Randomisation
from regraft.trial.design import (
    Accrual,
    CohortGroup,
    Eligibility,
    Endpoints,
    MriSchedule,
    Stopping,
    VisitSchedule,
)
from regraft.trial.differences import alike, differences, in_words
from regraft.trial.fits_definitions import Looked, about_definitions
from regraft.trial.fits_together import (
    about_a_fresh_graft,
    about_arms,
    about_cohort,
    about_estimands,
    about_the_cut_off,
    about_washout,
)
from regraft.trial.regimens import located_regimens, with_regimens
from regraft.trial.taken import sources_of_own, taken_from

FOLDER = LIBRARY / "protocols"
EVIDENCE_FOLDER = LIBRARY / "evidence"
DEFINITIONS_FOLDER = LIBRARY / "definitions"
BUNDLED = "treatment"
_IDENTITY = ("name", "title", "registration")


@final
class Protocol(Section):
    """A whole protocol file; its treatment sections are bundled as `treatment`, which is no key of the file."""

    name: Line
    title: Line
    registration: Line | None = None
    evidence: str | None = None
    population: str = Field(min_length=1)
    patients: int = limited("protocol.patients")
    follow_up_years: float = limited("protocol.follow_up_years")
    eligibility: Eligibility
    cohort: Many[CohortGroup] = ()
    accrual: Accrual
    treatment: TreatmentProtocol
    aftercare: Aftercare = Aftercare()
    visits: VisitSchedule
    mri: MriSchedule
    endpoints: Endpoints
    stopping: Stopping | None = None
    arm: Many[Arm] = ()
    randomisation: Randomisation | None = None
    estimand: Many[Estimand] = ()
    sources: dict[str, Source] = Field(default_factory=dict)
    _like: "Protocol | None" = PrivateAttr(default=None)
    _evidence_of: "Protocol | None" = PrivateAttr(default=None)
    _taken: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def evidence_of(self) -> "Protocol":
        """Return the protocol whose own file names the evidence: this one, or the one it took the key from."""
        return self._evidence_of or self

    @property
    def ancestors(self) -> "tuple[Protocol, ...]":
        """Return the protocols that this one is like, the nearest first."""
        return () if self._like is None else (self._like, *self._like.ancestors)

    @property
    def taken(self) -> Mapping[str, str]:
        """Return the dotted keys that its own file does not write, each with the protocol whose file does."""
        return self._taken

    def knowing(self, like: "Protocol", *, taken: Mapping[str, str], names_evidence: bool) -> "Protocol":
        """Return this protocol, knowing what it takes from another, and whether its own file names its evidence."""
        self._like = like
        self._taken = dict(taken)
        self._evidence_of = None if names_evidence else like.evidence_of
        return self

    @property
    def contents(self) -> dict[str, Any]:
        """Return the protocol as its file has it: plain values, treatment sections at the top, only what is written.

        What it takes from a protocol it is like is written out.
        """
        flat = self.model_dump(mode="python", exclude_unset=True)
        return {**flat.pop(BUNDLED), **flat}

    @property
    def definition(self) -> Definition:
        """Return the rules by which endpoints are derived."""
        return load_definition(self.endpoints.definitions)

    @property
    def looked(self) -> Looked:
        """Return when people are looked at, for how long, by which rules, and for which endpoints."""
        return Looked(
            visits=self.visits,
            mri=self.mri,
            endpoints=self.endpoints,
            estimands=self.estimand,
            follow_up_years=self.follow_up_years,
            definition=self.definition,
        )

    def origins(self) -> dict[Standing, int]:
        """Count the numbers of the file by origin and checked state; ``no source given`` for those without."""
        return count_origins(self.contents, self.sources)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        issues = tuple(_across_sections(self))
        if issues:
            raise refuse_all(issues)
        return self


def _across_sections(protocol: Protocol) -> Iterator[Issue]:
    for number, change in enumerate(protocol.treatment.amendment):
        most = change.applies_to_first_patients.maximum
        if most > protocol.patients:
            yield Issue(
                f"amendment[{number}].applies_to_first_patients.maximum",
                most,
                f"the trial has only {protocol.patients} patients",
                f"Give at most {protocol.patients}.",
            )
    yield from about_the_cut_off(protocol.accrual, protocol.follow_up_years, protocol.endpoints.primary_years)
    yield from about_arms(protocol.arm, protocol.randomisation, protocol.estimand, protocol.visits)
    yield from about_estimands(protocol.estimand, protocol.follow_up_years)
    yield from about_washout(protocol.eligibility, protocol.treatment.mobilisation.start_days_after_enrolment)
    yield from about_cohort(protocol.cohort, protocol.eligibility)
    stopping = protocol.stopping
    if stopping is not None and stopping.boundary > protocol.patients:
        yield Issue(
            "stopping.boundary",
            stopping.boundary,
            f"the trial has only {protocol.patients} patients",
            f"Give at most {protocol.patients}.",
        )


def list_protocols() -> tuple[str, ...]:
    """Return the names of the protocols that come with regraft."""
    return list_names(FOLDER)


def load_protocol(name_or_path: str | Path, beside: Mapping[str, str] | None = None) -> Protocol:
    """Load a protocol by its name, or from a file of one's own.

    A population, evidence or definitions file given as a path is taken from the folder of the protocol file. `beside`
    names files that stand in place of the protocol's own keys, such as ``{"population": "population.toml"}``. A
    protocol may be like another and say only what differs, see `regraft.core.inherit`.

    Raises
    ------
    FileProblem
        No such protocol or file, or no readable TOML.
    SettingsProblem
        Every key that cannot be used, in one message.
    """
    path = find_file(name_or_path, FOLDER, "protocol")
    others: list[Protocol] = []
    data = read_with_parents(path, FOLDER, "protocol", lambda other: others.append(load_protocol(other)), _located)
    data |= _located(dict(beside or {}), path)
    data = with_regimens(data, path, FOLDER)
    written = {**read_toml(path), **(beside or {})}
    if "mix" in written:
        written["mix"] = data["mix"]  # with the conditioning of the protocols that it names
    taken = taken_from(data, written, others[0].name, others[0].taken) if others else {}
    if others and path.parent != FOLDER:
        data["sources"] = sources_of_own(data["sources"], written.get("sources", {}), others[0].sources, taken)
    protocol = validate(Protocol, _bundle(data, path), path, bundled=BUNDLED)
    unknown = list(_unknown_names(protocol))
    issues = [
        *unmatched_sources(data, protocol.sources),
        *unknown,
        *([] if unknown else _not_derived(protocol)),
        *([] if unknown else about_definitions(protocol.looked)),
        *about_a_fresh_graft(protocol.treatment),
    ]
    raise_issues(path, issues)
    ancestors = (others[0], *others[0].ancestors) if others else ()
    identity = _own_identity(protocol, ancestors, set(written), path)
    if identity:
        named = {key: value for key, value in (data | identity).items() if value is not None}
        protocol = validate(Protocol, _bundle(named, path), path, bundled=BUNDLED)
    if not others:
        return protocol
    return protocol.knowing(others[0], taken=taken, names_evidence="evidence" in written)


def _own_identity(
    protocol: Protocol, ancestors: Sequence[Protocol], written: AbstractSet[str], path: Path
) -> dict[str, str | None]:
    """Return name, title and registration of a file that would go by those of another protocol and is not it.

    What a file takes from those it is `like`, and what a copy of a packaged file still says, is right only while
    nothing else was changed.
    """
    packaged = () if path.parent == FOLDER else tuple(load_protocol(name) for name in _packaged_called(protocol))
    identity: dict[str, str | None] = {}
    for one, said in (*((one, written) for one in ancestors), *((one, set()) for one in packaged)):
        taken = {
            key for key in _IDENTITY if key not in said and alike(getattr(protocol, key), getattr(one, key))
        } - set(identity)
        changed = differences(protocol, one) if taken else ()
        if not changed:
            continue
        found = {
            "name": path.stem if not alike(path.stem, one.name) else f"{path.stem}-changed",
            "title": f"Like {one.name}, with {in_words(changed)}",
            "registration": None,
        }
        identity |= {key: found[key] for key in taken}
    return identity


def _packaged_called(protocol: Protocol) -> tuple[str, ...]:
    """Return the packaged protocols of the same name, title or registration."""
    return tuple(
        name
        for name, said in _packaged_identities().items()
        if any(said[key] is not None and alike(said[key], getattr(protocol, key)) for key in said)
    )


@cache
def _packaged_identities() -> Mapping[str, Mapping[str, str | None]]:
    """Return name, title and registration as the packaged files themselves write them."""
    files = {name: read_toml(FOLDER / f"{name}.toml") for name in list_protocols()}
    return {name: {key: data.get(key) for key in _IDENTITY} for name, data in files.items()}


def _located(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return what one file says with paths of other files as seen from it; names of what comes with regraft stay."""
    located = dict(data)
    for key, suffix in (("population", ".toml"), ("evidence", ".yaml")):
        if key in located:
            located[key] = _absolute(located[key], suffix, path)
    if "mix" in located:
        located["mix"] = located_regimens(located["mix"], lambda name: _absolute(name, ".toml", path))
    for section, key in (("endpoints", "definitions"), ("aftercare", "schedule")):
        written = located.get(section)
        if isinstance(written, dict) and key in written:
            located[section] = {**written, key: _absolute(written[key], ".toml", path)}
    return located


def _absolute(name: object, suffix: str, path: Path) -> object:
    return str((path.parent / name).resolve()) if isinstance(name, str) and name.endswith(suffix) else name


def _not_derived(protocol: Protocol) -> Iterator[Issue]:
    """Say which endpoints the protocol's own set of definitions does not derive."""
    derived = catalogue_of(protocol.definition).endpoints
    asked = {
        "endpoints.primary": protocol.endpoints.primary,
        **{f"endpoints.reported[{index}]": name for index, name in enumerate(protocol.endpoints.reported)},
        **{f"estimand[{index}].endpoint": estimand.endpoint for index, estimand in enumerate(protocol.estimand)},
    }
    for key, name in asked.items():
        if name not in derived:
            problem = f"no endpoint of this name is derived by the definitions {protocol.definition.name}"
            yield Issue(key, name, problem, nearest(name, derived))


def _bundle(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Gather the treatment sections."""
    if BUNDLED in data:
        raise_issues(path, [Issue(BUNDLED, None, "unknown key", "Its sections stand at the top: [mobilisation], ...")])
    sections = set(TreatmentProtocol.model_fields)
    bundled: dict[str, Any] = {key: value for key, value in data.items() if key not in sections}
    bundled[BUNDLED] = {key: value for key, value in data.items() if key in sections}
    return bundled


def _unknown_names(protocol: Protocol) -> Iterator[Issue]:
    """Say which named files do not exist: population, evidence, aftercare, definitions."""
    places = [
        ("population", protocol.population, populations.FOLDER, ".toml"),
        ("evidence", protocol.evidence, EVIDENCE_FOLDER, ".yaml"),
        ("aftercare.schedule", protocol.aftercare.schedule, schedules.FOLDER, ".toml"),
        ("endpoints.definitions", protocol.endpoints.definitions, DEFINITIONS_FOLDER, ".toml"),
    ]
    for key, name, folder, suffix in places:
        if name is None:
            continue
        if name.endswith(suffix):
            if not Path(name).is_file():
                yield Issue(key, name, "no such file", "Check the path; it is seen from the folder of the protocol.")
            continue
        known = list_names(folder, suffix)
        if name not in known:
            yield Issue(key, name, "there is nothing of this name", nearest(name, known))
