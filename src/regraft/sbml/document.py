"""The SBML document: Level 3 Version 1 core, so that every engine can read it.

States and what the bedside sets are parameters, states with a rate rule each; shared expressions have assignment rules
under the names of the functions that compute them; entries of the order book are events.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.sbml.mathml import formula, math, number, sum_of, time_now, time_reached
from regraft.sbml.person import Person
from regraft.sbml.record import Entry, OrderBook
from regraft.sbml.symbols import COMPARISONS, Node
from regraft.sbml.trace import Equations, reachable

NEUTROPHILS = "neutrophils"
LAST_EVENT = "last_event_day"
_STAGE = f"""<listOfUnitDefinitions><unitDefinition id="day"><listOfUnits>
<unit kind="second" exponent="1" scale="0" multiplier="86400"/></listOfUnits></unitDefinition></listOfUnitDefinitions>
<listOfCompartments><compartment id="body" spatialDimensions="3" size="1" constant="true"/></listOfCompartments>
<listOfSpecies><species id="{NEUTROPHILS}" name="neutrophils [1e9/L]" compartment="body" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/></listOfSpecies>"""


def variables_of(equations: Equations) -> dict[int, str]:
    """Return the identifier of every expression that has one, by serial: symbols, named and shared expressions."""
    roots = (*equations.rates, equations.neutrophils)
    nodes = reachable(roots)
    uses: dict[int, int] = {}
    for part in (*roots, *(part for node in nodes for part in node.parts)):
        uses[part.serial] = uses.get(part.serial, 0) + 1
    variables = {node.serial: _symbol(node, equations) for node in nodes if node.operation == "symbol"}
    taken = {*variables.values(), *equations.state_names, NEUTROPHILS, LAST_EVENT}
    variables[equations.neutrophils.serial] = NEUTROPHILS
    for node in reachable(roots, always=True):
        if node.serial in variables or not node.parts or node.operation in COMPARISONS:
            continue
        if node.name or uses[node.serial] > 1:
            variables[node.serial] = _free(node.name or "shared_1", taken)
            taken.add(variables[node.serial])
    return variables


def _symbol(node: Node, equations: Equations) -> str:
    kind, key = node.value
    if kind == "state":
        return equations.state_names[key]
    return (equations.input_names[key] or f"input_{key}") if kind == "input" else str(key)


def _free(wanted: str, taken: set[str]) -> str:
    """Return the name, with a number behind it if it is taken."""
    name, count, stem = wanted, 1, wanted.removesuffix("_1")
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    return name


def write_document(
    equations: Equations,
    book: OrderBook,
    person: Person,
    parameters: ParameterSet,
    title: str,
) -> str:
    """Return the SBML document of one person's course.

    Parameters
    ----------
    equations : Equations
        What `trace_body` returns.
    book : OrderBook
        What `record_course` returns for the same person.
    parameters : ParameterSet
        Where units and origins of parameters stand; the values are the person's.
    title : str
        Title of the protocol.
    """
    variables = variables_of(equations)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">\n'
        f'<model id="regraft_acute_block" name={quoteattr("SIMULATED: " + title)} timeUnits="day">\n'
    )
    parts = (
        _notes(book, person, title),
        _STAGE,
        _list("Parameters", _parameters(equations, book, person, parameters, variables)),
        _list("Rules", _rules(equations, variables)),
        _list("Events", (_event(i, entry, equations, book.traces) for i, entry in enumerate(book.entries, 1))),
    )
    return head + "\n".join(part for part in parts if part) + "\n</model>\n</sbml>\n"


def _list(kind: str, entries: Iterable[str]) -> str:
    content = "\n".join(entries)
    return f"<listOf{kind}>\n{content}\n</listOf{kind}>" if content else ""


def _notes(book: OrderBook, person: Person, title: str) -> str:
    lines = (
        "SIMULATED. The acute block of regraft: mobilisation, harvest, conditioning, reinfusion, 100 days.",
        f"Protocol: {title}. A study description, not a prescription.",
        f"Person: {person.title}; no row describes a real person.",
        f"Time in days, 0 = start of mobilisation; valid to day {book.last_day:g}. Neutrophils in 1e9/L.",
        "Equations traced from the compiled program; events replay what the bedside did in this run.",
        "Their names are those of the functions in the source that acted.",
    )
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<notes><body xmlns="http://www.w3.org/1999/xhtml">{body}</body></notes>'


def _parameters(
    equations: Equations, book: OrderBook, person: Person, parameters: ParameterSet, variables: dict[int, str]
) -> list[str]:
    units = {entry.name: entry.unit for entry in parameters.parameters}
    start = np.where(book.state == 0.0, book.traces, book.state)
    rows = [_parameter(name, float(value)) for name, value in zip(equations.state_names, start, strict=True)]
    rows += [_parameter(str(equations.input_names[i]), float(book.inputs[i])) for i in equations.inputs]
    rows.append(_parameter(LAST_EVENT, 0.0))
    rows += [
        _parameter(name, float(person.record[name][0]), label=f"{name} [{units.get(name, '')}]", constant=True)
        for name in equations.parameters
    ]
    for node in _assigned(equations, variables):
        if variables[node.serial] != NEUTROPHILS:
            rows.append(f'<parameter id="{variables[node.serial]}" constant="false"/>')
    return rows


def _parameter(name: str, value: float, *, label: str = "", constant: bool = False) -> str:
    shown = f" name={quoteattr(label)}" if label else ""
    return f'<parameter id="{name}"{shown} value="{value!r}" constant="{"true" if constant else "false"}"/>'


def _assigned(equations: Equations, variables: dict[int, str]) -> list[Node]:
    """Return the expressions that have a rule of their own."""
    nodes = reachable((*equations.rates, equations.neutrophils))
    return [node for node in nodes if node.serial in variables and node.parts]


def _rules(equations: Equations, variables: dict[int, str]) -> list[str]:
    rules = [
        f'<assignmentRule variable="{variables[node.serial]}">{math(formula(node, variables, spelled_out=True))}'
        "</assignmentRule>"
        for node in _assigned(equations, variables)
    ]
    for name, node in zip(equations.state_names, equations.rates, strict=True):
        rules.append(f'<rateRule variable="{name}">{math(formula(node, variables))}</rateRule>')
    return rules


def _event(count: int, entry: Entry, equations: Equations, traces: NDArray[np.float64]) -> str:
    """Return one entry of the book as an event."""
    changes = {equations.state_names[i]: sum_of(equations.state_names[i], value) for i, value in entry.added.items()}
    changes |= {equations.state_names[i]: number(float(traces[i])) for i in entry.cleared}
    changes |= {str(equations.input_names[i]): number(entry.inputs[i]) for i in equations.inputs if i in entry.inputs}
    changes[LAST_EVENT] = time_now()
    assignments = "".join(
        f'<eventAssignment variable="{name}">{math(content)}</eventAssignment>' for name, content in changes.items()
    )
    name = quoteattr(f"day {entry.day:.4f}: {entry.cause}")
    return (
        f'<event id="event_{count}" name={name} useValuesFromTriggerTime="true">'
        f'<trigger initialValue="false" persistent="true">{math(time_reached(entry.day))}</trigger>'
        f"<listOfEventAssignments>{assignments}</listOfEventAssignments></event>"
    )
