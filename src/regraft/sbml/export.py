"""Export one person's acute block as an SBML file."""

from regraft.core.errors import InputError
from regraft.core.parameters import ParameterSet
from regraft.sbml.document import write_document
from regraft.sbml.person import Person, enrolled_person, typical_person
from regraft.sbml.record import OrderBook, record_course
from regraft.sbml.trace import trace_body
from regraft.treatment.plan import compile_treatment
from regraft.trial.run import TrialPlan

RTOL = 1e-9  # the book's additions to states are differences of our own solution


def find_person(plan: TrialPlan, patient: int | None) -> Person:
    """Return the patient of this number in `regraft run`, or the typical patient for `None`."""
    return typical_person(plan.parameters, seed=plan.seed) if patient is None else enrolled_person(plan, patient)


def export_person(plan: TrialPlan, person: Person, parameters: ParameterSet) -> tuple[str, OrderBook]:
    """Return the SBML document and the order book it replays."""
    book = record_course(person, compile_treatment(plan.protocol.treatment, rtol=RTOL))
    return write_document(trace_body(), book, person, parameters, plan.protocol.title), book


def export_sbml(plan: TrialPlan, patient: int | None) -> tuple[str, OrderBook]:
    """Return the SBML document of one person and its order book.

    Raises
    ------
    InputError
        The patient's number is negative, or nobody could be enrolled under it.
    """
    if patient is not None and patient < 0:
        raise InputError(f"--patient {patient}: patients are numbered from 0; give 0 or more")
    return export_person(plan, find_person(plan, patient), plan.parameters)
