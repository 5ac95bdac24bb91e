"""Groups compared by one statistic: the number, and the sentence for the paper that says what was done and found."""

from collections.abc import Callable, Mapping

from regraft.analysis.answers.answer import Answer, Compared, Unanswered
from regraft.analysis.answers.counts import answer_firth, answer_negative_binomial
from regraft.analysis.answers.question import AskedOfGroups
from regraft.analysis.answers.robustness import answer_e_value, answer_overlap, answer_tipping
from regraft.analysis.answers.scores import answer_reference_based, answer_repeated
from regraft.analysis.answers.time_to_event import (
    answer_cox,
    answer_fine_gray,
    answer_gray,
    answer_kaplan_meier,
    answer_log_rank,
    answer_rmst,
)
from regraft.analysis.asked import AnalysisFile, Asked, Method, Start
from regraft.analysis.groups import Groups
from regraft.core.errors import InputError
from regraft.endpoints.endpoint import in_a_sentence

_NAMES: Mapping[Method, str] = {
    Method.KAPLAN_MEIER: "Kaplan-Meier",
    Method.LOG_RANK: "Log-rank test",
    Method.COX: "Cox regression",
    Method.RMST: "Restricted mean time",
    Method.GRAY: "Gray's test",
    Method.FINE_GRAY: "Fine-Gray regression",
    Method.FIRTH: "Firth's logistic regression",
    Method.NEGATIVE_BINOMIAL: "Relapse rates, negative binomial",
    Method.REPEATED_MEASURES: "EDSS year by year, repeated measures",
    Method.REFERENCE_BASED: "EDSS with those who left early imputed from the reference group",
    Method.OVERLAP_WEIGHTS: "Overlap weights",
    Method.E_VALUE: "E-value",
    Method.TIPPING_POINT: "Tipping point",
}
_ANSWERS: Mapping[Method, Callable[[AskedOfGroups], Answer]] = {
    Method.KAPLAN_MEIER: answer_kaplan_meier,
    Method.LOG_RANK: answer_log_rank,
    Method.COX: answer_cox,
    Method.RMST: answer_rmst,
    Method.GRAY: answer_gray,
    Method.FINE_GRAY: answer_fine_gray,
    Method.FIRTH: answer_firth,
    Method.NEGATIVE_BINOMIAL: answer_negative_binomial,
    Method.REPEATED_MEASURES: answer_repeated,
    Method.REFERENCE_BASED: answer_reference_based,
    Method.OVERLAP_WEIGHTS: answer_overlap,
    Method.E_VALUE: answer_e_value,
    Method.TIPPING_POINT: answer_tipping,
}


def answer_file(groups: Groups, asked: AnalysisFile, *, years: float) -> Compared:
    """Return what every statistic of a file finds."""
    people = {name: int((groups.people["group"] == name).sum()) for name in groups.names}
    told = ", ".join(f"{name} ({count})" for name, count in people.items())
    begins = (
        "Time begins at enrolment in every group, so that waiting for a transplantation is no time without risk."
        if groups.start is Start.ENROLMENT
        else "Time begins at day zero: the transplantation of those transplanted, else the enrolment."
    )
    return Compared(
        by=groups.by,
        groups=tuple(people.items()),
        introduction=f"{groups.told}People by {groups.by.replace('_', ' ')}: {told}. {groups.names[0]} is what others "
        f"are compared with. {begins} Nothing is corrected for asking several questions.",
        answers=tuple(answer(groups, one, years=years, level=asked.level) for one in asked.analysis),
    )


def answer(groups: Groups, asked: Asked, *, years: float, level: float = 0.95) -> Answer | Unanswered:
    """Return what a statistic finds, or why the data cannot say.

    Parameters
    ----------
    groups : Groups
        The people compared.
    asked : Asked
        Statistic and endpoint.
    years : float
        Time at which shares are read and to which means go, where `asked` has none.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        No such endpoint; the nearest is offered.
    """
    if asked.endpoint is not None:
        groups.catalogue.endpoint(asked.endpoint)
    title = title_of(groups, asked)
    question = AskedOfGroups(groups, asked, years if asked.years is None else asked.years, level, title)
    try:
        return _ANSWERS[asked.method](question)
    except InputError as why:
        return Unanswered(asked=asked, title=title, why=str(why))


def title_of(groups: Groups, asked: Asked) -> str:
    """Return statistic and endpoint in words."""
    about = "" if asked.endpoint is None else f": {in_a_sentence(groups.catalogue.label(asked.endpoint))}"
    return f"{_NAMES[asked.method]}{about}"
