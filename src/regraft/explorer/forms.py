"""From an address to a request and back: every state is an address, and a wrong entry is said at its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import final
from urllib.parse import urlencode

from regraft.api.requests import AnalyseRequest, CompareRequest, DesignRequest, ProfileRequest, TrialRequest
from regraft.explorer import own_design
from regraft.explorer.shelf import DesignOnTheShelf, OnTheShelf, designs, resized, shelf

MOST_TRIALS = 400
MOST_PEOPLE = 60  # who can be looked at day by day
_TRIALS = (200, 20_000)
_POOLS = {5120: "5,120", 10240: "10,240", 25600: "25,600"}
DRUGS = ("ocrelizumab", "ofatumumab", "natalizumab", "alemtuzumab")
_EDSS_STEPS = (0.0, *(0.5 * step for step in range(2, 20)))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field of a form.

    Parameters
    ----------
    name, label : str
        Its name in the address, and for people.
    default : str
        What an address without it means; empty: as the protocol has it.
    choices : tuple of (str, str)
        Values with their words; empty: a number.
    low, high, step : float
        What a number may be.
    hint : str
        A few words below it.
    hidden : bool
        Whether it goes along unseen; its only choice is what it holds.
    """

    name: str
    label: str
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    hint: str = ""
    group: str = ""
    hidden: bool = False

    def problem(self, text: str) -> str:
        """Return what is wrong with an entry, and what may stand there; empty where nothing is."""
        if self.choices:
            known = [value for value, _ in self.choices]
            return "" if text in known else f"{self.label}: {text[:40]!r} is not one of the choices."
        if not text and not self.default:
            return ""
        number = number_of(text)
        span = f"{self.low:g} to {self.high:g}"
        if number is None:
            return f"{self.label}: {text[:40]!r} is no number. Give {span}."
        if not self.low <= number <= self.high:
            return f"{self.label}: {text[:40]} is outside {span}."
        if self.step == 1.0 and number != int(number):
            return f"{self.label}: {text[:40]} is no whole number. Give {span}."
        if "EDSS" in self.label and number not in _EDSS_STEPS:
            return f"{self.label}: {text[:40]} is no step of the EDSS. Give 0, 1, 1.5, 2 and so on."
        return ""


def number_of(text: str) -> float | None:
    """Return a number as people write it, with a point or a comma.

    Examples
    --------
    >>> number_of("3,5"), number_of("nan"), number_of("")
    (3.5, None, None)
    """
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if isfinite(number) and len(text) < 20 else None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as an address fills it."""

    page: str
    entries: tuple[Entry, ...]
    values: Mapping[str, str]
    problems: Mapping[str, str]

    @property
    def address(self) -> str:
        """Return the page with everything that is not as usual, in the order of the form."""
        query = self.query()
        return self.page + (f"?{query}" if query else "")

    @property
    def whole_address(self) -> str:
        """Return the page with every entry, which means the same when what is usual has changed."""
        given = [(one.name, self.values[one.name]) for one in self.entries if self.values[one.name]]
        return f"{self.page}?{urlencode(given)}"

    def query(self, **other: object) -> str:
        """Return what stands after the question mark, with other values for some entries."""
        values = {**self.values, **{name: str(value) for name, value in other.items()}}
        return urlencode([(one.name, values[one.name]) for one in self.entries if values[one.name] != one.default])

    def number(self, name: str) -> float:
        """Return a number that was checked."""
        return number_of(self.values[name]) or 0.0

    def whole(self, name: str) -> int:
        """Return a whole number that was checked."""
        return int(self.number(name))


def fill(page: str, entries: tuple[Entry, ...], given: Mapping[str, str]) -> Filled:
    """Fill a form from an address; what is not in it is as usual, and unknown names are left out."""
    values = {one.name: given.get(one.name, one.default).strip() for one in entries}
    values = {one.name: values[one.name] if values[one.name] or not one.default else one.default for one in entries}
    problems = {one.name: one.problem(values[one.name]) for one in entries}
    return Filled(
        page=page, entries=entries, values=values, problems={name: said for name, said in problems.items() if said}
    )


def _regimens() -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{name}: {one.title}") for name, one in shelf().items())


def _seed() -> Entry:
    return Entry(
        name="seed",
        label="Luck (seed)",
        default="2016",
        low=0,
        high=2**53,
        hint="The same number gives the same simulated people.",
        group="Details",
    )


def _chosen(given: Mapping[str, str]) -> OnTheShelf:
    return shelf().get(given.get("protocol", ""), shelf()["atkins-2016"])


def trial_form(given: Mapping[str, str]) -> Filled:
    """Return the form of a trial; a field that is left empty is as the protocol has it."""
    one = _chosen(given)

    def as_is(value: float) -> str:
        return f"{one.name}: {value:g}"

    who = "Who may enter"
    entries = (
        Entry(name="protocol", label="Treatment and design of", default="atkins-2016", choices=_regimens()),
        Entry(name="age_from", label="Age from", low=0, high=100, hint=as_is(one.age_years[0]), group=who),
        Entry(name="age_to", label="Age to", low=0, high=100, hint=as_is(one.age_years[1]), group=who),
        Entry(name="edss_from", label="EDSS from", low=0, high=9.5, step=0.5, hint=as_is(one.edss[0]), group=who),
        Entry(name="edss_to", label="EDSS to", low=0, high=9.5, step=0.5, hint=as_is(one.edss[1]), group=who),
        Entry(name="people", label="People in a trial", low=2, high=2000, hint=as_is(one.patients), group="Size"),
        Entry(
            name="years", label="Years of follow-up", low=0.5, high=20, step=0.5, hint=as_is(one.years), group="Size"
        ),
        Entry(
            name="trials",
            label="Whole trials simulated",
            default="50",
            low=1,
            high=MOST_TRIALS,
            hint="One trial depends much on chance; 39 or more show how much.",
            group="Size",
        ),
        _seed(),
    )
    return fill("trial", entries, given)


def hints() -> dict[str, dict[str, str]]:
    """Return what stands below the fields of a trial for every protocol, for the moment another one is chosen."""
    found = {}
    for name in shelf():
        entries = trial_form({"protocol": name}).entries
        found[name] = {one.name: one.hint for one in entries if one.name in _KEYS}
    return found


_KEYS: Mapping[str, tuple[str, Callable[[OnTheShelf], float]]] = {
    "age_from": ("eligibility.age_years.minimum", lambda one: one.age_years[0]),
    "age_to": ("eligibility.age_years.maximum", lambda one: one.age_years[1]),
    "edss_from": ("eligibility.edss.minimum", lambda one: one.edss[0]),
    "edss_to": ("eligibility.edss.maximum", lambda one: one.edss[1]),
    "people": ("patients", lambda one: one.patients),
    "years": ("follow_up_years", lambda one: one.years),
}


def trial_request(filled: Filled) -> TrialRequest:
    """Return what a filled form asks; what equals the protocol is no change of it."""
    one = shelf()[filled.values["protocol"]]
    changes: dict[str, str | int | float] = {}
    for name, (key, as_is) in _KEYS.items():
        if filled.values[name] and filled.number(name) != as_is(one):
            changes[key] = filled.whole(name) if name == "people" else filled.number(name)
    return TrialRequest(
        protocol=one.name,
        people=int(changes.get("patients", one.patients)),
        trials=filled.whole("trials"),
        seed=filled.whole("seed"),
        changes=changes,
    )


def pathway_form(given: Mapping[str, str]) -> Filled:
    """Return the form of one person's treatment."""
    one = _chosen(given)
    most = min(one.patients, MOST_PEOPLE)
    entries = (
        Entry(name="protocol", label="Treatment of", default="atkins-2016", choices=_regimens()),
        Entry(name="person", label="Person of the simulated trial", default="1", low=1, high=most, hint=f"1 to {most}"),
        Entry(name="day", label="Day", default="0", low=-400, high=400, hint="Day 0 is the day of reinfusion."),
        _seed(),
    )
    return fill("pathway", entries, given)


def pathway_request(filled: Filled) -> TrialRequest:
    """Return one trial of the protocol: its people are those who can be looked at."""
    one = shelf()[filled.values["protocol"]]
    return TrialRequest(protocol=one.name, people=one.patients, trials=1, seed=filled.whole("seed"))


def profile_form(given: Mapping[str, str]) -> Filled:
    """Return the form of a profile; features are those of a group, and none of them names anybody."""
    who, care, details = "People like these", "Treatments", "Details"
    entries = (
        Entry(name="age", label="Age", default="34", low=18, high=60, group=who),
        Entry(name="sex", label="Sex", default="female", choices=(("female", "female"), ("male", "male")), group=who),
        Entry(name="edss", label="EDSS as rated", default="3.5", low=0, high=6.5, step=0.5, group=who),
        Entry(
            name="duration", label="Years since the first symptom", default="6", low=0.5, high=25, step=0.5, group=who
        ),
        Entry(name="relapses", label="Relapses in the last year", default="2", low=0, high=5, group=who),
        Entry(name="gd", label="Enhancing lesions on one scan", default="1", low=0, high=20, group=who),
        Entry(
            name="course",
            label="Course",
            default="RRMS",
            choices=(("RRMS", "relapsing-remitting"), ("SPMS", "secondary progressive")),
            group=who,
        ),
        Entry(name="regimen", label="Transplantation as in", default="atkins-2016", choices=_regimens(), group=care),
        Entry(
            name="drug", label="Drug beside it", default="ocrelizumab", choices=tuple((d, d) for d in DRUGS), group=care
        ),
        Entry(name="years", label="Years ahead", default="5", low=1, high=10, step=0.5, group=care),
        Entry(
            name="people",
            label="Simulated people",
            default="100",
            choices=(("100", "100, each one a dot"), ("400", "400"), ("1000", "1,000")),
            group=details,
        ),
        _seed(),
    )
    return fill("profile", entries, given)


def profile_request(filled: Filled) -> ProfileRequest:
    """Return what a filled form asks."""
    values = filled.values
    return ProfileRequest(
        age=filled.number("age"),
        sex=values["sex"],
        edss=filled.number("edss"),
        duration=filled.number("duration"),
        relapses=filled.whole("relapses"),
        gd=filled.whole("gd"),
        course=values["course"],
        regimen=values["regimen"],
        drug=values["drug"],
        years=filled.number("years"),
        patients=int(values["people"]),
        seed=filled.whole("seed"),
    )


def compare_form(given: Mapping[str, str]) -> Filled:
    """Return the form of a comparison of two to four regimens."""
    versions = tuple(
        (f"{name}@{number}", f"{name}, after amendment {number}")
        for name, one in shelf().items()
        for number in range(1, one.amendments + 1)
    )
    every = (*_regimens(), *versions)
    none = (("none", "none"), *every)
    entries = (
        Entry(name="a", label="Regimen that others are compared with", default="bu-cy-atg-iv-9.6", choices=every),
        Entry(name="b", label="Second regimen", default="cy-atg", choices=every),
        Entry(name="c", label="Third regimen", default="none", choices=none),
        Entry(name="d", label="Fourth regimen", default="none", choices=none),
        Entry(name="people", label="Simulated people under each", default="1000", low=50, high=5000),
        _seed(),
    )
    filled = fill("compare", entries, given)
    named = regimens_of(filled)
    if len(set(named)) < len(named):
        again = "Regimens: one of them is named twice. Choose different ones."
        filled = Filled(page="compare", entries=entries, values=filled.values, problems={**filled.problems, "b": again})
    return filled


def regimens_of(filled: Filled) -> tuple[str, ...]:
    """Return the regimens of a comparison: the first, and the others in alphabetical order."""
    others = sorted(filled.values[name] for name in ("b", "c", "d") if filled.values[name] != "none")
    return (filled.values["a"], *others)


def compare_request(filled: Filled) -> CompareRequest:
    """Return what a filled form asks."""
    return CompareRequest(protocols=regimens_of(filled), patients=filled.whole("people"), seed=filled.whole("seed"))


def design_form(given: Mapping[str, str]) -> Filled:
    """Return the form of a design that comes with regraft, or of a file, with another size where one is given."""
    text = own_design.unpacked(given.get("file", ""))
    if text is not None and not own_design.problem_of(text.encode()):
        return fill("design", _own_entries(given["file"], own_design.described(text)), given)
    one = designs().get(given.get("design", ""), next(iter(designs().values())))
    known = tuple((name, f"{name}: {other.about}"[:110]) for name, other in designs().items())
    first = Entry(name="design", label="Design", default=next(iter(designs())), choices=known)
    filled = fill("design", (first, *_how_simulated(one)), given)
    if not given.get("file"):
        return filled
    cut = "Design file: the address does not hold all of it. Give the file again."
    return Filled(page="design", entries=filled.entries, values=filled.values, problems={"file": cut})


def _own_entries(packed: str, one: DesignOnTheShelf) -> tuple[Entry, ...]:
    return Entry(name="file", label="Design file", choices=((packed, one.name),), hidden=True), *_how_simulated(one)


def _how_simulated(one: DesignOnTheShelf) -> tuple[Entry, ...]:
    """Return what may be asked of every design: another size, and how many people and trials."""
    sizes = " and ".join(dict.fromkeys(str(size) for size in one.patients)) or "as the file has it"
    usual = one.trials if one.trials is not None and _TRIALS[0] <= one.trials <= _TRIALS[1] else 1000
    known = {**({one.people: f"{one.people:,}, as the file has it"} if one.people else {}), **_POOLS}
    return (
        Entry(name="size", label="People in a trial, every candidate", low=20, high=2000, hint=f"{one.name}: {sizes}"),
        Entry(
            name="trials",
            label="Trials of each candidate",
            default=str(usual),
            low=_TRIALS[0],
            high=_TRIALS[1],
            hint="More trials give the chance with a smaller error.",
        ),
        Entry(
            name="people",
            label="Simulated people from whom they are sampled",
            default=str(next(iter(known))),
            choices=tuple((str(number), words) for number, words in sorted(known.items())),
            hint="They are simulated in every arm, which takes minutes the first time.",
        ),
    )


def design_of(filled: Filled) -> DesignOnTheShelf:
    """Return the design of a filled form, with its size."""
    text = own_design.unpacked(filled.values.get("file", ""))
    one = designs()[filled.values["design"]] if text is None else own_design.described(text)
    same = not filled.values["size"] or set(one.patients) == {filled.whole("size")}
    return one if same else replace(one, text=resized(one.text, filled.whole("size")))


def design_request(filled: Filled) -> DesignRequest:
    """Return what a filled form asks; a design that is on the shelf as it is needs no file."""
    one = design_of(filled)
    on_the_shelf = designs().get(one.name)
    as_it_is = on_the_shelf is not None and on_the_shelf.text == one.text
    changed = on_the_shelf is not None and not as_it_is
    return DesignRequest(
        design=f"{one.name}-changed" if changed else one.name,
        trials=filled.whole("trials"),
        people=int(filled.values["people"]),
        text="" if as_it_is else one.text,
    )


def analyse_form(given: Mapping[str, str], definitions: Mapping[str, str], study: str) -> Filled:
    """Return the form of an analysis of recorded data."""
    known = tuple((name, f"{name}: {title}") for name, title in definitions.items())
    entries = (
        Entry(name="study", label="Study", choices=((study, study),), default=study),
        Entry(name="definition", label="Definitions", default="consensus", choices=known),
        Entry(name="years", label="Curves are read at, in years", default="3", low=0.5, high=20, step=0.5),
    )
    return fill("data", entries, given)


def analyse_request(filled: Filled, directory: str) -> AnalyseRequest:
    """Return what a filled form asks."""
    return AnalyseRequest(directory=directory, definition=filled.values["definition"], years=filled.number("years"))
