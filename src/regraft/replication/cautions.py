"""What a reader of a simulated trial must know before any number: what could not be given as asked."""

from collections.abc import Iterator

from regraft.replication.intervals import no_interval_sentence
from regraft.replication.predictive import LEAST_REPLICATES
from regraft.replication.replicate import Reenactment
from regraft.trial.fits_together import longest_follow_up_years
from regraft.trial.mix_prose import mix_sentences
from regraft.trial.run import TrialPlan


def cautions(done: Reenactment, plan: TrialPlan) -> tuple[str, ...]:
    """Return the sentences, as every report, document and screen shows them; empty when all is as the protocol says."""
    return tuple(_cautions(done, plan))


def _cautions(done: Reenactment, plan: TrialPlan) -> Iterator[str]:
    protocol = plan.protocol
    if done.standing is not None and not done.standing.belongs:
        yield done.standing.sentence
    yield from mix_sentences(protocol)
    if done.published and done.replicates < LEAST_REPLICATES:
        yield no_interval_sentence(done.replicates)
    if plan.years != protocol.follow_up_years:
        apart = sum(one.predicted is None and one.published is not None for one in done.published)
        yield (
            f"{plan.years:g} years of follow-up were asked for, and the protocol has {protocol.follow_up_years:g}."
            + (f" Of the published values {apart} are not compared." if apart else "")
        )
    longest = longest_follow_up_years(protocol.accrual)
    if plan.years > longest:
        asked = "stand in the protocol" if plan.years == protocol.follow_up_years else "were asked for"
        yield (
            f"{plan.years:g} years of follow-up {asked}; the data end on {protocol.accrual.data_cutoff} "
            f"(accrual.data_cutoff), {longest:.1f} years after the first enrolment, so nobody is followed for longer "
            "than that."
        )
    if plan.years < protocol.endpoints.primary_years:
        yield (
            f"The primary endpoint is read at {protocol.endpoints.primary_years:g} years, which were not simulated; "
            "curves are "
            f"read at {plan.years:g} instead."
        )
    described = done.described.subjects
    if described != protocol.patients:
        yield (
            f"The tables describe {described:,} {'person' if described == 1 else 'people'}; a trial of this protocol "
            "has "
            f"{protocol.patients:,}."
        )
