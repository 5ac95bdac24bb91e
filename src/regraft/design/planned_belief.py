"""What a design file says of belief, as the methods take it: priors, borrowing, posteriors, counts of a single arm."""

from collections.abc import Sequence
from functools import lru_cache

from regraft.core.errors import InputError
from regraft.design.belief.beta_mixture import BetaMixture, beta
from regraft.design.belief.borrowing import as_beta_mixture, borrow, meta_analytic_prediction, power_prior
from regraft.design.belief.decisions import PosteriorDecision
from regraft.design.belief.predictive import SingleArmGoal, predictive_looks
from regraft.design.file import BorrowedPrior, Clock, Design, FutilityRule, Looks, PriorKind, TestName, TwoStageKind
from regraft.design.single_arm.exact_looks import CountLooks
from regraft.design.single_arm.one_stage import Hypotheses
from regraft.design.single_arm.two_stage import TwoStage, simon_designs
from regraft.evidence.registry import load_trial


def own_prior(design: Design) -> BetaMixture:
    """Return the prior of an arm that borrows nothing."""
    prior = design.hypothesis.prior
    return beta(prior.free, prior.patients - prior.free)


def years_asked(design: Design) -> float:
    """Return the years at which people are counted: of the reference, else of the estimand that the file words.

    Raises
    ------
    InputError
        The file says neither.
    """
    asked = design.hypothesis
    if asked.reference is not None:
        return asked.reference.years
    own = next((one for one in design.estimand if one.name == asked.estimand), None)
    if own is None:
        raise InputError(
            f"hypothesis.estimand = {asked.estimand!r}: the years are asked for, and the file does not word it. Add "
            "[[estimand]] with endpoint, years and death."
        )
    return own.years


def borrowed_prior(design: Design) -> BetaMixture:
    """Return the prior of the arm that borrows.

    Raises
    ------
    InputError
        Nothing is borrowed, a study that may not be borrowed from, or one without such a result.
    """
    asked = design.borrowing
    if asked is None:
        raise InputError(f"design {design.name!r} borrows nothing. Add [borrowing] to its file.")
    if asked.endpoint is None:
        raise InputError(
            "borrowing.endpoint: missing. Name the outcome of the studies, such as disease_activity_free_survival."
        )
    return _borrowed(asked.from_, asked.endpoint, asked.study_arm, years_asked(design), asked.prior, own_prior(design))


@lru_cache(maxsize=16)
def _borrowed(  # what decides a prior, each hashable
    studies: tuple[str, ...], endpoint: str, arm: str, years: float, prior: BorrowedPrior, own: BetaMixture
) -> BetaMixture:
    history = [borrow(load_trial(name), endpoint, arm, years) for name in studies]
    if prior.kind is PriorKind.POWER_PRIOR:
        return power_prior(own, history, prior.a0)
    found = as_beta_mixture(meta_analytic_prediction(history))
    return found.robust(prior.weak_weight, prior.weak_mean, prior.weak_n)


def prior_of(design: Design, arm: str) -> BetaMixture:
    """Return the prior of an arm: borrowed where it is the one that borrows."""
    borrows = design.borrowing is not None and design.borrowing.arm == arm
    return borrowed_prior(design) if borrows else own_prior(design)


def posterior_decision(design: Design, arms: Sequence[str], patients: tuple[int, int]) -> PosteriorDecision:
    """Return how two arms are decided, the experimental one first."""
    first, second = (prior_of(design, arm) for arm in arms)
    return PosteriorDecision(first=first, second=second, patients=patients, threshold=design.hypothesis.posterior_above)


# ------------------------------------------------------------------ one arm, by counts
def one_arm_errors(design: Design) -> Hypotheses:
    """Return the proportions and errors of a single arm.

    Raises
    ------
    InputError
        The file has no reference, or no share that is hoped for.
    """
    asked = design.hypothesis
    hoped = next(iter(design.assumed.free_pct.values()), None)
    if asked.reference is None or hoped is None:
        raise InputError(
            "hypothesis.reference and assumed.free_pct: both are needed for the sizes of two stages. Add free_pct and "
            "years to the first, and the share hoped for to the second."
        )
    return Hypotheses(
        null=asked.reference.free_pct / 100.0,
        alternative=hoped / 100.0,
        alpha=asked.alpha,
        beta=1.0 - asked.power,
    )


def planned_stages(design: Design) -> TwoStage | None:
    """Return the design of two stages that the file asks for; None where it asks for none."""
    if design.looks is None or design.looks.two_stage is None:
        return None
    if design.hypothesis.test is not TestName.EXACT_BINOMIAL:
        raise InputError("looks.two_stage: is for hypothesis.test = exact_binomial. Take that test, or give looks.at.")
    return _stages(one_arm_errors(design), design.looks.two_stage)


@lru_cache(maxsize=16)
def _stages(errors: Hypotheses, kind: TwoStageKind) -> TwoStage:
    found = simon_designs(errors)
    return found.optimal if kind is TwoStageKind.OPTIMAL else found.minimax


def count_looks(design: Design, arm: str, patients: int) -> CountLooks | None:
    """Return the counts of people free at which a single arm stops; None where its test is not by counts.

    Who is unknown is not free. Raises where looks do not fit the test.

    Raises
    ------
    InputError
        Looks that are not by patients, or a rule that counts do not have.
    """
    stages = planned_stages(design)
    if stages is not None:
        return CountLooks(
            patients=(stages.first_patients, stages.patients),
            lower=(stages.stop_at, stages.accept_at),
            upper=(stages.first_patients + 1, stages.accept_at + 1),
        )
    asked = design.hypothesis
    if asked.test is not TestName.POSTERIOR or asked.reference is None:
        return None
    goal = SingleArmGoal(
        prior=prior_of(design, arm),
        reference=asked.reference.free_pct / 100.0,
        threshold=asked.posterior_above,
        patients=patients,
    )
    interim, below, above = _predictive(design.looks, patients)
    return predictive_looks(goal, interim, below, above)


def _predictive(looks: Looks | None, patients: int) -> tuple[tuple[int, ...], float, float]:
    """Return people at the interim looks, and between which predictive probabilities the trial goes on."""
    if looks is None:
        return (), 0.0, 1.0
    rule = looks.futility
    if looks.by is not Clock.PATIENTS or (rule is not None and rule.rule is not FutilityRule.PREDICTIVE_PROBABILITY):
        raise InputError(
            "looks: a single arm tested by its posterior is looked at by patients, and stops for futility by "
            'predictive_probability. Write by = "patients" and futility.rule = "predictive_probability" with below.'
        )
    at = looks.at or tuple(round(share * patients) for share in looks.fractions)
    if round(at[-1]) != patients:
        raise InputError(f"looks.at ends at {at[-1]:g} people, and the trial has {patients}. Let both be the same.")
    below = rule.below if rule is not None and rule.below is not None else 0.0
    return tuple(round(one) for one in at[:-1]), below, looks.efficacy.predictive_above
