"""The SBML document: Level 3 Version 1 core, so that every engine can read it.

States and what the bedside sets are parameters; shared expressions have assignment rules under the names of the
functions that compute them; entries of the order book are events. A state is integrated as ``NAME_raised``, its value
plus a thousandth of its scale: engines hold their error to a share of the value, and a state that leaves zero by a
billionth would be followed to a share of that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import final
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from regraft.core.parameters import ParameterSet
from regraft.equations.symbols import COMPARISONS, Node
from regraft.equations.trace import Equations, reachable
from regraft.physiology.world import STATE_SCALES
from regraft.sbml.infer import DAY, Place, Units, infer_units
from regraft.sbml.mathml import CORE, formula, identifier, math, number, sum_of, time_now, time_reached
from regraft.sbml.person import Person
from regraft.sbml.record import Entry, OrderBook
from regraft.sbml.unit_names import UnitNames
from regraft.sbml.units import parse_unit

NEUTROPHILS = "neutrophils"
LAST_EVENT = "last_event_day"
RAISED = "_raised"
RAISED_BY = 1e-3 * STATE_SCALES  # agreement is asked for down to a thousandth of a state's peak
_BILLION_CELLS, _AREA = parse_unit("1e9*cell"), parse_unit("m2")

_COMPARTMENT = (
    '<compartment id="body" name="a litre of blood" spatialDimensions="3" size="1" units="litre" constant="true"/>'
)
_SPECIES = (
    f'<species id="{NEUTROPHILS}" compartment="body" substanceUnits="{{cells}}" '
    'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>'
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What all parts of one document need: the equations, who has them, names and units."""

    equations: Equations
    book: OrderBook
    person: Person
    variables: Mapping[int, str]
    units: Units
    names: UnitNames

    def unit_of(self, place: Place) -> str:
        """Return the identifier of the unit of a number."""
        return self.names(self.units.numbers[place])

    def state_unit(self, state: int) -> str:
        """Return the identifier of the unit of a state."""
        return self.names(self.units.states[state])

    @property
    def assigned(self) -> list[Node]:
        """Return the expressions that have a rule of their own."""
        nodes = reachable((*self.equations.rates, self.equations.neutrophils))
        return [node for node in nodes if node.serial in self.variables and node.parts]


def variables_of(equations: Equations) -> dict[int, str]:
    """Return the identifier of every expression that has one, by serial: symbols, named and shared expressions."""
    roots = (*equations.rates, equations.neutrophils)
    nodes = reachable(roots)
    uses: dict[int, int] = {}
    for part in (*roots, *(part for node in nodes for part in node.parts)):
        uses[part.serial] = uses.get(part.serial, 0) + 1
    variables = {node.serial: _symbol(node, equations) for node in nodes if node.operation == "symbol"}
    states = {f"{name}{end}" for name in equations.state_names for end in ("", RAISED)}
    taken = {*variables.values(), *states, NEUTROPHILS, LAST_EVENT}
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
        What `specialise` returns for this book.
    book : OrderBook
        What `record_course` returns for the same person.
    parameters : ParameterSet
        Where units and origins of parameters stand; the values are the person's.
    title : str
        Title of the protocol.
    """
    written = {entry.name: entry.unit for entry in parameters.parameters}
    sheet = _Sheet(
        equations=equations,
        book=book,
        person=person,
        variables=variables_of(equations),
        units=infer_units(equations, parameters),
        names=UnitNames(written[n] for n in equations.parameters if n in written),
    )
    body = (
        _list("Compartments", [_COMPARTMENT]),
        _list("Species", [_SPECIES.format(cells=sheet.names(_BILLION_CELLS))]),
        _list("Parameters", _parameters(sheet)),
        _list("Rules", _rules(sheet)),
        _list("Events", (_event(i, entry, sheet) for i, entry in enumerate(book.entries, 1))),
    )
    cells, area = sheet.names(_BILLION_CELLS), sheet.names(_AREA)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sbml xmlns="{CORE}" level="3" version="1">\n'
        f'<model id="regraft_acute_block" name={quoteattr("SIMULATED: " + title)} timeUnits="day" '
        f'substanceUnits="{cells}" extentUnits="{cells}" volumeUnits="litre" areaUnits="{area}" lengthUnits="metre">\n'
    )
    parts = (_notes(book, person, title), _list("UnitDefinitions", sheet.names.definitions()), *body)
    return head + "\n".join(part for part in parts if part) + "\n</model>\n</sbml>\n"


def _list(kind: str, entries: Iterable[str]) -> str:
    content = "\n".join(entries)
    return f"<listOf{kind}>\n{content}\n</listOf{kind}>" if content else ""


def how_it_ended(book: OrderBook) -> str:
    """Return in words how the course ended, and when."""
    if not isnan(book.death_day):
        return f"the person dies on day {book.death_day:g}"
    if isnan(book.transplant_day):
        return (
            "too few stem cells were collected: there is no transplantation, and the course ends on day "
            f"{book.last_day:g}"
        )
    return f"transplanted on day {book.transplant_day:g}, followed to day {book.last_day:g}"


def _notes(book: OrderBook, person: Person, title: str) -> str:
    lines = (
        "SIMULATED. The acute block of regraft: mobilisation, harvest, conditioning, reinfusion, 100 days.",
        f"Protocol: {title}. A study description, not a prescription.",
        f"Person: {person.title}; no row describes a real person. Course: {how_it_ended(book)}.",
        f"Time in days, 0 = start of mobilisation; valid to day {book.last_day:g}. Neutrophils in 1e9/L.",
        "Equations traced from the compiled program; events replay what the bedside did in this run.",
        "Their names are those of the functions in the source that acted.",
        f"A state is integrated as NAME{RAISED}: its value plus a small constant that no error control falls below.",
    )
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<notes><body xmlns="http://www.w3.org/1999/xhtml">{body}</body></notes>'


def _parameters(sheet: _Sheet) -> list[str]:
    equations, book, names = sheet.equations, sheet.book, sheet.names
    moved = {i for entry in book.entries for i in entry.inputs}
    rows = []
    for i, name in enumerate(equations.state_names):
        rows.append(_parameter(f"{name}{RAISED}", sheet.state_unit(i), float(book.state[i] + RAISED_BY[i])))
        rows.append(_parameter(name, sheet.state_unit(i)))
    for i in equations.inputs:
        unit = names(sheet.units.inputs[i])
        rows.append(_parameter(str(equations.input_names[i]), unit, float(book.inputs[i]), constant=i not in moved))
    rows.append(_parameter(LAST_EVENT, names(DAY), 0.0))
    for name in equations.parameters:
        value, unit = float(sheet.person.record[name][0]), names(sheet.units.parameters[name])
        rows.append(_parameter(name, unit, value, constant=True))
    rows += [
        _parameter(sheet.variables[node.serial], names(sheet.units.expressions[node.serial]))
        for node in sheet.assigned
        if sheet.variables[node.serial] != NEUTROPHILS
    ]
    return rows


def _parameter(name: str, unit: str, value: float | None = None, *, constant: bool = False) -> str:
    start = "" if value is None else f' value="{value!r}"'
    return f'<parameter id="{name}"{start} units="{unit}" constant="{"true" if constant else "false"}"/>'


def _rules(sheet: _Sheet) -> list[str]:
    rules = []
    for i, name in enumerate(sheet.equations.state_names):
        scale = number(float(RAISED_BY[i]), sheet.state_unit(i))
        rules.append(_assignment(name, f"<apply><minus/>{identifier(name + RAISED)}{scale}</apply>"))
    for node in sheet.assigned:
        content = formula(node, ("rate", -1), sheet.variables, sheet.unit_of, whole=True)
        rules.append(_assignment(sheet.variables[node.serial], content))
    for i, (name, node) in enumerate(zip(sheet.equations.state_names, sheet.equations.rates, strict=True)):
        content = formula(node, ("rate", i), sheet.variables, sheet.unit_of)
        rules.append(f'<rateRule variable="{name}{RAISED}">{math(content)}</rateRule>')
    return rules


def _assignment(name: str, content: str) -> str:
    return f'<assignmentRule variable="{name}">{math(content)}</assignmentRule>'


def _event(count: int, entry: Entry, sheet: _Sheet) -> str:
    """Return one entry of the book as an event."""
    equations, day = sheet.equations, sheet.names(DAY)
    changes = {}
    for i, value in entry.added.items():
        name = equations.state_names[i] + RAISED
        changes[name] = sum_of(name, value, sheet.state_unit(i))
    for i in entry.cleared:
        changes[equations.state_names[i] + RAISED] = number(float(RAISED_BY[i]), sheet.state_unit(i))
    for i in np.intersect1d(equations.inputs, list(entry.inputs)):
        unit = sheet.names(sheet.units.inputs[int(i)])
        changes[str(equations.input_names[i])] = number(entry.inputs[int(i)], unit)
    changes[LAST_EVENT] = time_now()
    assignments = "".join(
        f'<eventAssignment variable="{name}">{math(content)}</eventAssignment>' for name, content in changes.items()
    )
    name = quoteattr(f"day {entry.day:.4f}: {entry.cause}")
    return (
        f'<event id="event_{count}" name={name} useValuesFromTriggerTime="true">'
        f'<trigger initialValue="false" persistent="true">{math(time_reached(entry.day, day))}</trigger>'
        f"<listOfEventAssignments>{assignments}</listOfEventAssignments></event>"
    )
