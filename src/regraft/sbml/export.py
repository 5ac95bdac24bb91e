"""One person's acute block as an SBML document."""

from regraft.core.parameters import ParameterSet
from regraft.equations.trace import trace_body
from regraft.sbml.document import write_document
from regraft.sbml.person import Person, enrolled_person, typical_person
from regraft.sbml.record import OrderBook, record_course
from regraft.sbml.specialise import specialise
from regraft.treatment.plan import compile_treatment
from regraft.trial.run import TrialPlan


def find_person(plan: TrialPlan, number: int | None, protocol: str | None = None) -> Person:
    """Return the subject of this number (from 1 on) in `regraft run`, or the typical patient for `None`.

    ``protocol``: as the command of that run names it.
    """
    if number is None:
        return typical_person(plan.parameters, seed=plan.seed)
    return enrolled_person(plan, number, protocol)


def export_person(plan: TrialPlan, person: Person, parameters: ParameterSet) -> tuple[str, OrderBook]:
    """Return the SBML document and the order book it replays: what the bedside did at the tolerance of the run."""
    book = record_course(person, compile_treatment(plan.protocol.treatment))
    equations = specialise(trace_body(), book, person)
    return write_document(equations, book, person, parameters, plan.protocol.title), book
