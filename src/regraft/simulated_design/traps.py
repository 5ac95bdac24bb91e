"""What must be known before any number of a simulated design is read, in sentences made from what was found."""

from collections.abc import Iterator, Sequence

from regraft.design.file import Design, TestName, Then
from regraft.simulated_design.case import Case
from regraft.simulated_design.operating import Operating

NOT_RANKED = (
    "Candidates stand in the order of the file and are not ranked; two whose difference lies within two paired "
    "standard errors are shown as equal."
)
CHANCES_HOLD = (
    "± is two standard errors: what so many trials, simulated people and draws leave open, and nothing else. The "
    "uncertainty of the model's parameters is in a chance itself where its scenario lives under draws of the "
    "posterior, and nowhere under typical values; what is wrong with the form of the model is in neither."
)
REGIMENS = (
    "Candidates differ by regimen. About one study per regimen was published, so a regimen cannot be told from its "
    "centre and era: differences between regimens are the model's, and no trial compared them."
)
DELAY = (
    "Time counts from randomisation, and a transplantation comes months later: its effect is delayed by design, so "
    "formulas under proportional hazards promise more power than trials have."
)
_ALONG_TIME = {TestName.LOG_RANK, TestName.MAX_COMBO, TestName.RMST, TestName.WIN_RATIO}


def sentences(design: Design, every: Sequence[Case], rows: Sequence[Operating]) -> tuple[str, ...]:
    """Return the sentences that belong to a design."""
    return tuple(_sentences(design, every, rows))


def _sentences(design: Design, every: Sequence[Case], rows: Sequence[Operating]) -> Iterator[str]:
    first = every[0]
    yield NOT_RANKED
    yield CHANCES_HOLD
    yield _about_death(first)
    if first.lives.blocks:
        yield "Trials are lived whole: recruitment, leaving and the cut-off of the data are those of the protocol."
    if any(case.candidate.vary for case in every) and differ_by_regimen(every):
        yield REGIMENS
    if first.test in _ALONG_TIME and len(first.arms) > 1:
        yield DELAY
    if first.test in _ALONG_TIME - {TestName.WIN_RATIO}:
        yield (
            "Events found at visits and scans carry the date of the visit, so many are tied; tests count ties by whole "
            "days. What is counted at a look is what began by then: data_ready_after_months must cover confirmation."
        )
    yield from _about_strata(first)
    yield from _about_safety(design, rows)
    yield from _about_dropout(design, rows)
    if any(case.lives.draws is not None for case in every):
        yield (
            "Under draws of the posterior the chance to show efficacy is assurance: averaged over the uncertainty of "
            "the model's parameters, with a study effect and the model's own error on shares. It is not the power at "
            "one effect, and the formula beside it is at the mean of draws."
        )


def differ_by_regimen(every: Sequence[Case]) -> bool:
    """Return whether candidates differ by how they are conditioned."""
    return len({case.protocol.treatment.conditioning.model_dump_json() for case in every}) > 1


def _about_death(case: Case) -> str:
    means = {
        "event": "is an event",
        "competing": "is a competing event: who has died stays among those without the event",
        "ends_observation": "ends observation, as if the person had left",
    }
    return f"For “{case.question.name}” a death {means[case.question.death.value]}; another choice has another power."


def _about_strata(case: Case) -> Iterator[str]:
    rules = case.protocol.randomisation
    if rules is None or not rules.strata or len(case.arms) < 2:
        return
    by = ", ".join(str(one) for one in rules.strata)
    if case.design.hypothesis.stratified:
        yield f"Randomised and analysed by strata ({by})."
    else:
        yield (
            f"Randomised by strata ({by}) and analysed without them: the test is conservative, its type I error lies "
            "below alpha as far as strata matter. hypothesis.stratified = true analyses by them."
        )


def _about_safety(design: Design, rows: Sequence[Operating]) -> Iterator[str]:
    acting = [one for one in design.safety if one.then is Then.STOP]
    if acting and rows:
        yield (
            "A trial that is stopped for safety shows no efficacy: it counts as a failure. The chance without the rule "
            "stands beside it. Harm is known before others can be judged, so a rule stops somewhat more often than is "
            "calculated of people counted one after the other."
        )


def _about_dropout(design: Design, rows: Sequence[Operating]) -> Iterator[str]:
    if any(one.unknown_pct.value for one in rows):
        ratio = design.dropout.after_event_ratio
        said = f"Leaving is {ratio:g} times as likely after a relapse. " if ratio != 1.0 else ""
        yield (
            f"{said}Some outcomes stay unknown; beside the chance as analysed stand those if all unknown outcomes "
            "fail, and if those of the first arm fail and those of the second do not: the corners of a tipping point."
        )
