"""A design resolved: every candidate under every truth with the people it needs, or one message of what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Any, final

from regraft.clinical.intercurrent import Intercurrent
from regraft.core.errors import InputError, nearest
from regraft.core.parameters import load_parameters
from regraft.core.posterior import ParameterDraws
from regraft.core.settings import validate
from regraft.design.file import Candidate, DeathCounts, Design, Method, Question, ReestimationKind, Scenario, TestName
from regraft.design.looks.boundaries import LookPlan
from regraft.design.looks.reestimation import TwoStagePlan
from regraft.design.planned import blinded_plan, growing_plan, look_plan, planned_boundaries, refuse_unblinded_look
from regraft.design.planned_belief import borrowed_prior, count_looks, planned_stages
from regraft.design.single_arm.exact_looks import CountLooks
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import load_definition
from regraft.replication.parameter_draws import posterior_draws
from regraft.simulated_design.lives import Lives
from regraft.trial.protocol import BUNDLED, Protocol, load_protocol

SINGLE_ARM = (TestName.EXACT_BINOMIAL, TestName.ONE_SAMPLE_LOG_RANK)
AT_A_TIME = (TestName.FISHER, TestName.BOSCHLOO, TestName.EXACT_BINOMIAL, TestName.POSTERIOR)
_COUNTED_BLIND = (TestName.FISHER, TestName.BOSCHLOO, TestName.DIFFERENCE_AT)
_GROWING = (TestName.LOG_RANK, TestName.DIFFERENCE_AT, TestName.RMST, TestName.NEGATIVE_BINOMIAL)
TYPICAL, POSTERIOR = "typical", "posterior"
DEFAULT_SCENARIOS = (Scenario(name="model"), Scenario(name="no effect", effect_share=0.0))
_CLUSTER_STEP = 64
_AFTER_YEARS = 1.0  # lived beyond what is asked, so that the last visit and its confirmation are seen


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One candidate under one truth.

    Parameters
    ----------
    design : Design
        The file.
    candidate, scenario : Candidate, Scenario
        What differs from it, and the truth.
    protocol : Protocol
        The protocol of the candidate.
    question : Question
        The estimand tested.
    definitions : str
        Set of definitions by which it is derived.
    patients : int
        People of one trial, as planned.
    follow_up_years : float
        Years for which each is followed.
    lives : Lives
        The people trials are drawn from.
    """

    design: Design
    candidate: Candidate
    scenario: Scenario
    protocol: Protocol
    question: Question
    definitions: str
    patients: int
    follow_up_years: float
    lives: Lives

    @property
    def test(self) -> TestName:
        """The test."""
        return self.design.hypothesis.test

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the experimental one first."""
        return self.lives.arms

    @property
    def most_patients(self) -> int:
        """Most people of one trial: what re-estimation may make of it."""
        asked = self.design.reestimation
        return self.patients if asked is None else max(self.patients, asked.maximum_patients)

    @cached_property
    def looks_plan(self) -> LookPlan | None:
        """The plan of looks by a statistic; None without looks, and where counts or a posterior decide."""
        by_z = self.counts is None and self.test is not TestName.POSTERIOR
        return look_plan(self.design) if self.design.looks is not None and by_z else None

    @cached_property
    def growth(self) -> TwoStagePlan | None:
        """How the second stage grows in a promising zone; None where it does not."""
        asked = self.design.reestimation
        grows = asked is not None and asked.kind is ReestimationKind.PROMISING_ZONE
        return growing_plan(self.design, self.patients) if grows else None

    @cached_property
    def counts(self) -> CountLooks | None:
        """The numbers of people free at which a single arm stops; None where counts do not decide."""
        return None if len(self.arms) > 1 else count_looks(self.design, self.arms[0], self.patients)

    @property
    def clusters(self) -> int:
        """Clusters of people that the pool of the design has; whole trials where these are lived."""
        return self.design.run.trials if self.lives.blocks else ceil(self.design.run.people / self.lives.cluster)


def cases(design: Design) -> tuple[Case, ...]:
    """Return every candidate under every scenario.

    Raises
    ------
    InputError
        The design cannot be simulated; says which key of its file is wrong, and what to write.
    """
    base = protocol_of(design)
    wanted = design.candidate or (Candidate(name=design.name),)
    varied = {one.name: varied_protocol(base, one.vary) for one in wanted}
    _refuse_what_does_not_fit(design, base)
    definitions = tuple(dict.fromkeys(one.definitions or varied[one.name].endpoints.definitions for one in wanted))
    questions = {one.name: question_of(design, varied[one.name], one) for one in wanted}
    most = design.reestimation.maximum_patients if design.reestimation is not None else 0
    cluster = cluster_of(max(most, *(patients_of(design, base, one) for one in wanted)))
    years = max(max(follow_up_of(one, questions[one.name]), questions[one.name].years) for one in wanted)
    found = []
    for one in wanted:
        block = patients_of(design, base, one) if design.run.method is Method.BLOCKS else 0
        for scenario in design.scenario or DEFAULT_SCENARIOS:
            lives = Lives(
                protocol=varied[one.name],
                definitions={name: load_definition(name) for name in definitions},
                parameters=load_parameters(),
                draws=draws_of(scenario, varied[one.name], design.run.seed),
                cluster=block or cluster,
                years=float(ceil(years + _AFTER_YEARS)),
                seed=design.run.seed,
                blocks=block,
            )
            found.append(
                Case(
                    design=design,
                    candidate=one,
                    scenario=scenario,
                    protocol=varied[one.name],
                    question=questions[one.name],
                    definitions=one.definitions or varied[one.name].endpoints.definitions,
                    patients=patients_of(design, base, one),
                    follow_up_years=follow_up_of(one, questions[one.name]),
                    lives=lives,
                )
            )
    for case in found:
        _refuse_case(case)
    return tuple(found)


def cluster_of(patients: int) -> int:
    """Return the people of a cluster: twice a trial at least, so that candidates of other sizes use the same pool."""
    return _CLUSTER_STEP * max(2, ceil(2 * patients / _CLUSTER_STEP))


def patients_of(design: Design, protocol: Protocol, candidate: Candidate) -> int:
    """Return the people of a trial: of its two stages, else of the candidate, the recruitment, or the protocol."""
    stages = planned_stages(design)
    if stages is not None:
        return stages.patients
    if candidate.patients is not None:
        return candidate.patients
    return design.recruitment.patients if design.recruitment is not None else protocol.patients


def follow_up_of(candidate: Candidate, question: Question) -> float:
    """Return the years for which everybody is followed: of the candidate, else those the question asks about."""
    return candidate.follow_up_years if candidate.follow_up_years is not None else question.years


def protocol_of(design: Design) -> Protocol:
    """Return the protocol of a design.

    Raises
    ------
    InputError
        The design names none.
    """
    if design.protocol is None:
        raise InputError(
            f"design {design.name!r}: protocol is missing, and people are simulated by one. Add protocol = "
            '"mist-2019-randomised" or a file of your own; bounds, monitor, forecast and final need none.'
        )
    return load_protocol(design.protocol)


def question_of(design: Design, protocol: Protocol, candidate: Candidate) -> Question:
    """Return the question a candidate asks: of the design file, else of its protocol with the design's word on death.

    Raises
    ------
    InputError
        No such estimand, one that does not say what a death is, or an endpoint that the protocol never measures.
    """
    name = candidate.estimand or design.hypothesis.estimand
    own = next((one for one in design.estimand if one.name == name), None)
    theirs = next((one for one in protocol.estimand if one.name == name), None)
    if own is None and theirs is None:
        known = [*(one.name for one in design.estimand), *(one.name for one in protocol.estimand)]
        said = nearest(name, known) if known else "Add [[estimand]] with name, endpoint, years and death."
        raise InputError(
            f"hypothesis.estimand = {name!r}: neither the design nor its protocol {protocol.name} words it. {said}"
        )
    if own is None and theirs is not None:
        if design.hypothesis.death is None:
            raise InputError(
                f"hypothesis.estimand = {name!r}: the protocol does not say what a death is for it, and power depends "
                'on that. Add hypothesis.death = "event", "competing" or "ends_observation".'
            )
        own = Question(
            name=name,
            endpoint=theirs.endpoint,
            years=theirs.years,
            strategy=theirs.strategy,
            death=design.hypothesis.death,
        )
    assert own is not None
    _refuse_unmeasured(own.endpoint, candidate.definitions or protocol.endpoints.definitions)
    return own


def _refuse_unmeasured(endpoint: str, definitions: str) -> None:
    known = catalogue_of(load_definition(definitions)).endpoints
    if endpoint not in known:
        raise InputError(
            f"endpoint {endpoint!r}: the trial never measures it; its definitions {definitions} derive none of this "
            f"name. {nearest(endpoint, known)}"
        )


def draws_of(scenario: Scenario, protocol: Protocol, seed: int) -> ParameterDraws | None:
    """Return the draws that a truth names; None for typical values.

    Raises
    ------
    InputError
        Another word, a draw that is not there, or a cohort that no posterior was fitted without.
    """
    word, parameters = scenario.parameters, load_parameters()
    if word == TYPICAL:
        return None
    without = word.removeprefix("without-") if word.startswith("without-") else None
    if word != POSTERIOR and without is None and not word.startswith("draw "):
        raise InputError(
            f"scenario {scenario.name!r}: parameters = {word!r} is not known. Give posterior, typical, draw N, or "
            "without-COHORT."
        )
    draws = posterior_draws(protocol, parameters, seed, without)
    if draws is None:
        what = f"without {without}" if without else "at all"
        raise InputError(f'scenario {scenario.name!r}: there is no posterior {what}. Give parameters = "typical".')
    if not word.startswith("draw "):
        return draws
    number = word.removeprefix("draw ").strip()
    if not number.isdigit() or not 1 <= int(number) <= len(draws):
        raise InputError(f"scenario {scenario.name!r}: {word!r}: draws are numbered 1 to {len(draws)}. Give one.")
    row = int(number) - 1
    error = {name: sizes[row : row + 1] for name, sizes in draws.model_error.items()}
    instead = None if draws.instead is None else draws.instead[row : row + 1]
    return replace(draws, values=draws.values[row : row + 1], instead=instead, model_error=error)


def varied_protocol(protocol: Protocol, vary: Mapping[str, str | int | float | bool]) -> Protocol:
    """Return a protocol with other values of dotted keys; a section takes the name of a protocol that has it.

    Raises
    ------
    InputError
        A key that the protocol does not have, or a value it cannot take.
    """
    if not vary:
        return protocol
    data = protocol.model_dump(exclude_unset=True)
    flat = {**data, **data[BUNDLED]}
    for key, value in vary.items():
        section, *rest = key.split(".")
        if section not in flat:
            raise InputError(f"candidate.vary: {key!r} is no key of the protocol. {nearest(section, flat)}")
        holder = data[BUNDLED] if section in data[BUNDLED] else data
        if not rest and isinstance(holder[section], dict | list) and isinstance(value, str):
            other = load_protocol(value).model_dump(exclude_unset=True)
            taken = {**other, **other[BUNDLED]}
            holder[section] = taken[section]
            continue
        _set(holder, (section, *rest), value, key)
    data["name"], data["title"] = f"{protocol.name}-varied", f"Like {protocol.title}"
    data.pop("registration", None)
    return validate(Protocol, data, f"candidate.vary of {protocol.name}", bundled=BUNDLED)


def _set(holder: dict[str, Any], path: tuple[str, ...], value: object, key: str) -> None:
    for part in path[:-1]:
        inner = holder.get(part)
        if not isinstance(inner, dict):
            raise InputError(f"candidate.vary: {key!r}: {part!r} is no section of the protocol. Give a key within one.")
        holder[part] = holder = dict(inner)
    holder[path[-1]] = value


def _refuse_what_does_not_fit(design: Design, protocol: Protocol) -> None:
    for problem in _problems(design, protocol):
        raise InputError(problem)


def _problems(design: Design, protocol: Protocol) -> Iterator[str]:
    yield from _about_method(design)
    yield from _about_arms(design, protocol)
    yield from _about_names(design, protocol)
    yield from _about_looks(design, protocol)
    yield from _about_reestimation(design)
    yield from _about_recruitment(design)
    yield from _about_borrowing(design, protocol)


def _about_method(design: Design) -> Iterator[str]:
    if design.run.method is not Method.BLOCKS:
        return
    if design.reestimation is not None:
        yield "run.method = blocks: each trial is lived with its own people, and a size cannot grow. Take pool."
    mixed = [one.name for one in design.scenario or DEFAULT_SCENARIOS if one.effect_share < 1.0]
    if mixed:
        yield (
            f"run.method = blocks: people live the arm they are given, and scenario {mixed[0]!r} has an effect_share "
            "below 1. Take pool, or give [[scenario]] with the whole effect only."
        )


def _about_arms(design: Design, protocol: Protocol) -> Iterator[str]:
    asked, names = design.hypothesis, [one.name for one in protocol.arm]
    test = asked.test
    if test is TestName.T_TEST:
        yield "hypothesis.test = 't_test': is calculated only, because the pool holds events and no measurements."
    one_arm = test in SINGLE_ARM or (test is TestName.POSTERIOR and asked.reference is not None)
    if one_arm and names:
        yield f"hypothesis.test = {test.value!r}: is for one arm, and {protocol.name} has {len(names)}. Take log_rank."
    if not one_arm and len(names) < 2:
        said = f"{len(names)} arms" if names else "one arm without a name"
        yield f"hypothesis.test = {test.value!r}: compares two arms, and {protocol.name} has {said}."
    if not one_arm and asked.comparisons != len(names) - 1:
        yield (
            f"hypothesis.comparisons = {asked.comparisons}: {protocol.name} has {len(names)} arms, of which each but "
            f"the last is compared with the last. Write comparisons = {len(names) - 1}."
        )
    if test is TestName.WIN_RATIO and not asked.win_order:
        yield "hypothesis.win_order: missing, and a win ratio is counted by it. Add levels with endpoint, in order."


def _about_names(design: Design, protocol: Protocol) -> Iterator[str]:
    names = [one.name for one in protocol.arm]
    for key, given in (
        *(("safety.arm", one.arm) for one in design.safety),
        *(("dropout.annual_pct", one) for one in design.dropout.annual_pct),
        *(("assumed.free_pct", one) for one in design.assumed.free_pct),
        *(("borrowing.arm", one) for one in ([design.borrowing.arm] if design.borrowing is not None else ())),
    ):
        if names and given not in names:
            yield f"{key} = {given!r}: {protocol.name} has no such arm. {nearest(given, names)}"


def _about_looks(design: Design, protocol: Protocol) -> Iterator[str]:
    if design.looks is None:
        return
    test, one_arm = design.hypothesis.test, not protocol.arm
    if test is TestName.ONE_SAMPLE_LOG_RANK:
        yield "looks: one_sample_log_rank is exact at its end only. Leave them out, or take exact_binomial."
    elif test is TestName.EXACT_BINOMIAL and design.looks.two_stage is None:
        yield (
            'looks: exact_binomial is looked at by two stages. Write two_stage = "optimal" or "minimax", or take '
            'test = "posterior" with futility by predictive_probability.'
        )
    elif test is TestName.POSTERIOR and not one_arm:
        yield "looks: two arms decided by a posterior are read once. Leave them out, or take another test."
    elif not one_arm:
        planned_boundaries(design)


def _about_reestimation(design: Design) -> Iterator[str]:
    asked, test = design.reestimation, design.hypothesis.test
    if asked is None:
        return
    if design.hypothesis.comparisons > 1:
        yield "reestimation: is for two arms. Leave it out, or compare two."
    if asked.kind is ReestimationKind.PROMISING_ZONE:
        if test not in _GROWING:
            known = ", ".join(one.value for one in _GROWING)
            yield (
                f"reestimation.kind = promising_zone: both stages are combined by the increment of a score, which "
                f"{test.value} has not. Take one of {known}."
            )
        growing_plan(design, asked.maximum_patients)
    elif test in _COUNTED_BLIND:
        blinded_plan(design, asked.maximum_patients)
    elif test is TestName.LOG_RANK:
        refuse_unblinded_look(design)
        if design.assumed.hazard_ratio is None or design.looks is None or not design.looks.at:
            yield "reestimation.kind = blinded: needs assumed.hazard_ratio, and looks.at in numbers."
    else:
        yield (
            f"reestimation.kind = blinded: is for log_rank and for shares free at a time, not for {test.value}. Take "
            "promising_zone, or another test."
        )


def _about_recruitment(design: Design) -> Iterator[str]:
    asked = design.recruitment
    if asked is None or asked.stops_after_months is None:
        return
    open_for = (
        site.per_month
        * (1.0 - asked.refuses_drug_arm_pct / 100.0)
        * max(0.0, asked.stops_after_months - site.opens_month)
        for site in asked.sites
    )
    expected = sum(open_for)
    if 4.0 * expected < asked.patients:
        yield (
            f"recruitment: the sites would recruit {expected:.0f} people by month {asked.stops_after_months:g} "
            f"(stops_after_months), and {asked.patients} are wanted (patients). Open more sites, or recruit longer."
        )


def _about_borrowing(design: Design, protocol: Protocol) -> Iterator[str]:
    asked = design.borrowing
    if asked is None:
        return
    if design.hypothesis.test is not TestName.POSTERIOR:
        yield (
            f"borrowing: enters a posterior, and hypothesis.test is {design.hypothesis.test.value}. Take "
            'test = "posterior", or leave it out.'
        )
    if len(protocol.arm) > 2:
        yield "borrowing: is for one arm or two. Leave it out, or compare two."
    borrowed_prior(design)


def _refuse_case(case: Case) -> None:
    name, blocks = case.candidate.name, case.protocol.randomisation
    arms = len(case.protocol.arm)
    block = sum(one.allocation for one in case.protocol.arm) * (blocks.blocks if blocks else 1)
    if arms and case.patients < block:
        raise InputError(
            f"candidate {name!r}: patients = {case.patients} are fewer than one block of randomisation ({block}), so "
            "an arm could be empty. Give more."
        )
    asked = case.design.reestimation
    if asked is not None and asked.maximum_patients < case.patients:
        raise InputError(
            f"reestimation.maximum_patients = {asked.maximum_patients}: candidate {name!r} plans {case.patients}. "
            "Raise it."
        )
    if case.test is TestName.NEGATIVE_BINOMIAL and case.question.endpoint != "relapse":
        raise InputError(
            f"hypothesis.test = 'negative_binomial': counts relapses, and the estimand asks about "
            f'{case.question.endpoint}. Let its endpoint be "relapse".'
        )
    if case.test is TestName.NEGATIVE_BINOMIAL and case.question.death is not DeathCounts.ENDS_OBSERVATION:
        raise InputError(
            f"hypothesis.test = 'negative_binomial': relapses are counted up to a death, so death = "
            f'"{case.question.death.value}" cannot be. Write death = "ends_observation".'
        )
    if case.test is TestName.NEGATIVE_BINOMIAL and case.question.strategy is Intercurrent.COMPOSITE:
        raise InputError(
            "hypothesis.test = 'negative_binomial': a change of treatment cannot be a failure where relapses are "
            "counted. Let the estimand's strategy be treatment_policy or while_on_treatment."
        )
    counts = case.counts  # what they cannot be is said when they are made
    assert counts is None or counts.patients[-1] == case.patients
    if case.test in AT_A_TIME and case.follow_up_years < case.question.years:
        raise InputError(
            f"candidate {name!r}: follow_up_years = {case.follow_up_years:g} ends before the estimand's "
            f"{case.question.years:g} years. Follow people longer, or ask about an earlier time."
        )
    looks = case.design.looks
    if looks is not None and looks.at and looks.by.value in {"events", "patients"} and looks.at[-1] > case.patients:
        raise InputError(
            f"candidate {name!r}: looks.at ends at {looks.at[-1]:g} {looks.by.value}, and the trial has "
            f"{case.patients} patients. Lower it, or give more patients."
        )
    for level in case.design.hypothesis.win_order:
        _refuse_unmeasured(level.endpoint, case.definitions)
    for rule in case.design.safety:
        _refuse_unmeasured(rule.counts, case.definitions)
