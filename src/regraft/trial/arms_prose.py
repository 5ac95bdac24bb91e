"""Arms, randomisation and estimands of a protocol in English."""

from collections.abc import Iterator

from regraft.clinical.intercurrent import Intercurrent
from regraft.core.mix import in_words
from regraft.core.nouns import plural
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.endpoint import in_a_sentence
from regraft.therapy.drugs import Drug
from regraft.trial.arms import Arm, ArmTreatment, drugs_in_words
from regraft.trial.design import Accrual
from regraft.trial.drug_mix import first_drugs, licensed_on
from regraft.trial.protocol import Protocol

_MEANING = {
    Intercurrent.TREATMENT_POLICY: "a switch of drug, or a transplantation not given, changes nothing",
    Intercurrent.COMPOSITE: "a switch of drug, or a transplantation not given, counts as failure",
    Intercurrent.WHILE_ON_TREATMENT: "observation ends with a switch of drug, or where a transplantation is not given",
}


def arms(protocol: Protocol) -> Iterator[str]:
    """Yield one sentence per arm, then randomisation, raters and estimands; nothing for a trial without arms."""
    for arm in protocol.arm:
        yield arm_sentence(arm, protocol.accrual)
    rules = protocol.randomisation
    if protocol.arm and rules is not None:
        size = rules.blocks * sum(arm.allocation for arm in protocol.arm)
        strata = f", within strata of {', '.join(str(one) for one in rules.strata)}" if rules.strata else ""
        yield f"Arms are drawn by permuted blocks of {size}{strata}."
        bias = f"Raters know the arm; assessor bias of {rules.assessor_bias_grades:g} grades towards the first."
        yield "Raters do not know the arm." if rules.raters_blinded else bias
    derived = catalogue_of(protocol.definition)
    for one in protocol.estimand:
        years = f"{one.years:g} year{'' if one.years == 1 else 's'}"
        yield (
            f"Estimand “{one.name}”: {in_a_sentence(derived.label(one.endpoint))} at {years}; {_MEANING[one.strategy]}."
        )


def arm_sentence(arm: Arm, accrual: Accrual) -> str:
    """Return what an arm is given, to how many."""
    share = "" if arm.allocation == 1 else f" (allocation {arm.allocation})"
    if arm.treatment is ArmTreatment.TRANSPLANTATION:
        return f"Arm “{arm.name}”{share}: transplantation as described below."
    parts = [f"{in_words(part, arm.mix)} {part.in_words}" for part in arm.mix]
    names = f"a mix: {'; '.join(parts)}" if parts else drugs_in_words(arm.drugs)
    change = (
        f"; the next after {plural(arm.next_after_relapses, 'relapse')} under one" if arm.next_after_relapses else ""
    )
    leave = arm.annual_withdrawal_probability
    leaving = "" if leave is None else f" Of this arm {100.0 * leave:g}% withdraw a year."
    return (
        f"Arm “{arm.name}”{share}: {names}{change}, from day {arm.starts_days_after_randomisation} after randomisation."
        f"{leaving}{_licences(arm, accrual)}"
    )


def _licences(arm: Arm, accrual: Accrual) -> str:
    """Say what a mix comes to where drugs were licensed during accrual, and people before draw among the others."""
    named = {Drug[drug.name] for part in arm.mix for drug in part.drugs}
    if all(licensed_on(drug) <= accrual.first_enrolment for drug in named):
        return ""
    shares = ", ".join(f"{100.0 * share:.0f}% {_word(drug)}" for drug, share in first_drugs(arm, accrual).items())
    return f" Nobody draws a drug before its licence, so that people start with {shares}."


def _word(drug: Drug) -> str:
    return "nothing" if drug is Drug.NONE else drug.name.lower().replace("_", " ")
