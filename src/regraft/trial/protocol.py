"""A whole trial as one readable file: who may enter, what is done to them, what is looked at and when it stops."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self, final

from pydantic import Field, model_validator

from regraft.core.errors import nearest
from regraft.core.inherit import read_with_parents
from regraft.core.settings import (
    Issue,
    Many,
    Section,
    find_file,
    list_names,
    raise_issues,
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

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "protocols"
EVIDENCE_FOLDER = ROOT / "evidence" / "trials"
DEFINITIONS_FOLDER = ROOT / "endpoints" / "definitions"
BUNDLED = "treatment"


@final
class Protocol(Section):
    """A whole protocol file; its treatment sections are bundled as `treatment`, which is no key of the file."""

    name: str = Field(min_length=1)
    title: str = Field(min_length=1)
    registration: str | None = None
    evidence: str | None = None
    population: str = Field(min_length=1)
    patients: int = Field(ge=1, le=100_000)
    follow_up_years: float = Field(gt=0, le=40)
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

    def origins(self) -> dict[str, int]:
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
                f"amendment[{number}].applies_to_first_patients.maximum", most,
                f"the trial has only {protocol.patients} patients", f"Give at most {protocol.patients}.",
            )  # fmt: skip
    if protocol.endpoints.primary_years > protocol.follow_up_years:
        yield Issue(
            "endpoints.primary_years", protocol.endpoints.primary_years,
            f"later than the end of follow-up at {protocol.follow_up_years:g} years", "Lengthen follow_up_years.",
        )  # fmt: skip
    yield from _about_arms(protocol)
    yield from _about_washout(protocol)
    yield from _about_cohort(protocol)
    stopping = protocol.stopping
    if stopping is not None and stopping.boundary > protocol.patients:
        yield Issue(
            "stopping.boundary", stopping.boundary, f"the trial has only {protocol.patients} patients",
            f"Give at most {protocol.patients}.",
        )  # fmt: skip


def _about_washout(protocol: Protocol) -> Iterator[Issue]:
    days = protocol.treatment.mobilisation.start_days_after_enrolment
    drugs = [rule.drug for rule in protocol.eligibility.washout]
    for index, rule in enumerate(protocol.eligibility.washout):
        key = f"eligibility.washout[{index}]"
        if rule.drug in drugs[:index]:
            yield Issue(f"{key}.drug", str(rule.drug), "this drug is listed twice", "Join the two.")
        if 7 * rule.weeks > days:
            yield Issue(
                f"{key}.weeks", rule.weeks,
                f"a drug stopped on enrolment is paused for {days} days only when mobilisation starts",
                f"Give at most {days // 7}, or a later mobilisation.start_days_after_enrolment.",
            )  # fmt: skip


def _about_cohort(protocol: Protocol) -> Iterator[Issue]:
    if not protocol.cohort:
        return
    entry = protocol.eligibility
    courses = [group.course for group in protocol.cohort]
    for index, group in enumerate(protocol.cohort):
        key = f"cohort[{index}]"
        if group.course in courses[:index]:
            yield Issue(f"{key}.course", str(group.course), "this course is listed twice", "Join the two.")
        if group.course not in entry.courses:
            yield Issue(
                f"{key}.course", str(group.course), "eligibility.courses does not take this course",
                "Add it there, or leave out this group.",
            )  # fmt: skip
        if group.edss_mean is not None and not entry.edss.minimum <= group.edss_mean <= entry.edss.maximum:
            yield Issue(
                f"{key}.edss_mean", group.edss_mean, "outside eligibility.edss "
                f"({entry.edss.minimum:g} to {entry.edss.maximum:g})", "Widen the one or correct the other.",
            )  # fmt: skip
    total = sum(group.share for group in protocol.cohort)
    if abs(total - 1) > 1e-6:
        yield Issue("cohort", None, f"the shares add up to {total:g}, not to 1", "Correct the shares of the courses.")


def _about_arms(protocol: Protocol) -> Iterator[Issue]:
    names = [arm.name for arm in protocol.arm]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Issue(f"arm[{index}].name", name, "this arm is listed twice", "Give each arm a name of its own.")
    if protocol.randomisation and protocol.visits.raters_blinded and not protocol.randomisation.raters_blinded:
        yield Issue(
            "visits.raters_blinded", protocol.visits.raters_blinded, "randomisation.raters_blinded = false says otherwise",
            "Remove it: with arms, randomisation.raters_blinded decides.",
        )  # fmt: skip
    if len(names) == 1:
        yield Issue("arm", names, "a trial with arms has two or more", "Add another [[arm]], or leave out the section.")
    if not names and (protocol.randomisation or protocol.estimand):
        yield Issue("arm", None, "missing", "Randomisation and estimands need two or more [[arm]] sections.")
    for index, estimand in enumerate(protocol.estimand):
        if estimand.years > protocol.follow_up_years:
            yield Issue(
                f"estimand[{index}].years", estimand.years, f"later than the end of follow-up at {protocol.follow_up_years:g}",
                "Lengthen follow_up_years.",
            )  # fmt: skip


def list_protocols() -> tuple[str, ...]:
    """Return the names of the protocols that come with regraft."""
    return list_names(FOLDER)


def load_protocol(name_or_path: str | Path, beside: Mapping[str, str] | None = None) -> Protocol:
    """Load a protocol by its name, or from a file of one's own.

    A population, evidence or definitions file given as a path is taken from the folder of the protocol file. `beside` names
    files that stand in place of the protocol's own keys, such as ``{"population": "population.toml"}``. A protocol may be
    like another and say only what differs, see `regraft.core.inherit`.

    Raises
    ------
    FileProblem
        No such protocol or file, or no readable TOML.
    SettingsProblem
        Every key that cannot be used, in one message.
    """
    path = find_file(name_or_path, FOLDER, "protocol")
    data = read_with_parents(path, FOLDER, "protocol", load_protocol) | dict(beside or {})
    protocol = validate(Protocol, _bundle(data, path), path, bundled=BUNDLED)
    unknown = list(_unknown_names(protocol))
    issues = [*unmatched_sources(data, protocol.sources), *unknown, *([] if unknown else _not_derived(protocol))]
    raise_issues(path, issues)
    return protocol


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
    """Gather the treatment sections, and make the paths of other files absolute."""
    if BUNDLED in data:
        raise_issues(path, [Issue(BUNDLED, None, "unknown key", "Its sections stand at the top: [mobilisation], ...")])
    sections = set(TreatmentProtocol.model_fields)
    bundled: dict[str, Any] = {key: value for key, value in data.items() if key not in sections}
    bundled[BUNDLED] = {key: value for key, value in data.items() if key in sections}
    for key, suffix in (("population", ".toml"), ("evidence", ".yaml")):
        if key in bundled:
            bundled[key] = _absolute(bundled[key], suffix, path)
    for section, key in (("endpoints", "definitions"), ("aftercare", "schedule")):
        written = bundled.get(section)
        if isinstance(written, dict) and key in written:
            bundled[section] = {**written, key: _absolute(written[key], ".toml", path)}
    return bundled


def _absolute(name: object, suffix: str, path: Path) -> object:
    """Return the path of a named file as seen from the protocol; a name of what comes with regraft stays a name."""
    return str((path.parent / name).resolve()) if isinstance(name, str) and name.endswith(suffix) else name


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
