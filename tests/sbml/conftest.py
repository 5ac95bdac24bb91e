"""One exported model for all tests of the package, and an engine of forty lines that runs any such document."""

import math
import operator
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from regraft.api.simulate import planned
from regraft.equations.evaluate import evaluate
from regraft.sbml.export import export_person
from regraft.sbml.person import Person, enrolled_person
from regraft.sbml.record import OrderBook
from regraft.sbml.replay import Solution, replay
from regraft.trial.protocol import load_protocol

CORE = "{http://www.sbml.org/sbml/level3/version1/core}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
APPLIED = {
    "plus": lambda *x: sum(x),
    "times": lambda *x: math.prod(x),
    "divide": operator.truediv,
    "power": operator.pow,
    "minus": lambda *x: -x[0] if len(x) == 1 else x[0] - x[1],
    "exp": math.exp,
    "ln": math.log,
    "root": math.sqrt,
    "lt": operator.lt,
    "leq": operator.le,
    "gt": operator.gt,
    "geq": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
    "abs": abs,
}


def read_formula(element: ET.Element) -> Callable[[dict[str, float]], float]:
    """Return a function of the values by name; branches not taken are not evaluated."""
    kind = element.tag.removeprefix(MATHML)
    if kind == "cn":
        parts = [element.text, *(part.tail for part in element)]
        value = float(parts[0]) * 10.0 ** float(parts[1]) if len(parts) == 2 else float(parts[0])
        return lambda _: value
    if kind in {"ci", "csymbol"}:
        name = (element.text or "").strip()
        return lambda values: values[name]
    if kind == "piecewise":
        (yes, condition), no = [read_formula(part) for part in element[0]], read_formula(element[1][0])
        return lambda values: yes(values) if condition(values) else no(values)
    function = APPLIED[element[0].tag.removeprefix(MATHML)]
    parts = [read_formula(part) for part in element[1:]]
    return lambda values: function(*(part(values) for part in parts))


@dataclass
class Engine:
    """Another engine: reads a document and nothing else of regraft."""

    values: dict[str, float] = field(default_factory=dict)
    assigned: dict[str, Callable] = field(default_factory=dict)
    rates: dict[str, Callable] = field(default_factory=dict)
    events: list[tuple[float, dict[str, Callable]]] = field(default_factory=list)

    @classmethod
    def read(cls, document: str) -> "Engine":
        engine, root = cls(), ET.fromstring(document)  # noqa: S314 - our own document
        for parameter in root.iter(f"{CORE}parameter"):
            engine.values[parameter.get("id")] = float(parameter.get("value", "nan"))
        for rule in root.iter(f"{CORE}assignmentRule"):
            engine.assigned[rule.get("variable")] = read_formula(rule[0][0])
        for rule in root.iter(f"{CORE}rateRule"):
            engine.rates[rule.get("variable")] = read_formula(rule[0][0])
        for event in root.iter(f"{CORE}event"):
            day = read_formula(event.find(f".//{MATHML}geq/..")[2])({})
            changes = {a.get("variable"): read_formula(a[0][0]) for a in event.iter(f"{CORE}eventAssignment")}
            engine.events.append((day, changes))
        return engine

    def slopes(self, t: float, y: np.ndarray) -> list[float]:
        values = self.values
        values["time"] = t
        values.update(zip(self.rates, y, strict=True))
        for name, rule in self.assigned.items():
            values[name] = rule(values)
        return [rate(values) for rate in self.rates.values()]

    def run(self, until: float) -> np.ndarray:
        """Return what is integrated, on that day."""
        y, t = np.array([self.values[name] for name in self.rates]), 0.0
        for day, changes in [*self.events, (until, {})]:
            stop = min(day, until)
            y = solve_ivp(self.slopes, (t, stop), y, method="LSODA", rtol=1e-9, atol=1e-12).y[:, -1] if stop > t else y
            if day >= until:
                break
            self.slopes(day, y)
            new = {name: change(self.values) for name, change in changes.items()}
            self.values.update(new)
            y, t = np.array([self.values[name] for name in self.rates]), day
        return y


@pytest.fixture(scope="session")
def value_of():
    return evaluate


@pytest.fixture(scope="session")
def plan():
    return planned(load_protocol("atkins-2016"), seed=2016, years=1.0)


@dataclass(frozen=True)
class Exported:
    """Everything about one exported person."""

    person: Person
    document: str
    book: OrderBook
    solution: Solution


@pytest.fixture(scope="session")
def exported(plan):
    """Subject SIM-000007 of a run under posterior draws."""
    person = enrolled_person(plan, 7)
    document, book = export_person(plan, person, plan.parameters)
    return Exported(person, document, book, replay(book, person))


@pytest.fixture
def engine(exported):
    return Engine.read(exported.document)
