"""Every number of every packaged protocol and population with values that nobody means.

Refused by its key, or simulated as written.
"""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from math import inf, nan
from typing import Any

import pytest
from pydantic import BaseModel

from regraft.core.errors import InputError, SettingsProblem
from regraft.core.limits import DOSES, LIMITS
from regraft.core.settings import list_names, validate
from regraft.patient.population import FOLDER as POPULATIONS
from regraft.patient.population import Population, load_population
from regraft.treatment.bags import SESSIONS_MAXIMUM
from regraft.treatment.drug_rules import DrugName
from regraft.treatment.plan import compile_treatment
from regraft.trial.aftercare import Schedule
from regraft.trial.calendar import make_calendar
from regraft.trial.protocol import BUNDLED, FOLDER, Protocol, list_protocols, load_protocol
from regraft.trial.scans import BEFORE_SCANS
from regraft.trial.schedule import due_days

VALUES = (0, -1, 10**9, 1e-9, nan, inf, -inf, True, "x")
WHOLE = {"atkins-2016", "mist-2019-randomised"}  # every value at every number; elsewhere the values take turns
Path = tuple[str | int, ...]


def numbers_of(data: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield the place of every number and date of a file."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key != "sources":
                yield from numbers_of(value, (*path, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from numbers_of(value, (*path, index))
    elif isinstance(data, int | float | date) and not isinstance(data, bool):
        yield path, data


def changed(data: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Return a copy with another value in one place."""
    copied: Any = deepcopy(data)
    inner = copied
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return copied


def contents_of(name: str) -> dict[str, Any]:
    written = load_protocol(name).model_dump(mode="python", exclude_unset=True, exclude={"sources"})
    return as_lists(written)


def as_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_lists(inner) for key, inner in value.items()}
    return [as_lists(inner) for inner in value] if isinstance(value, tuple) else value


def plan_everything(protocol: Protocol) -> None:
    """Make all that a simulation makes of a protocol before anybody is simulated."""
    compile_treatment(protocol.treatment)
    calendar = make_calendar(protocol, 0, 3, 1)
    assert (calendar.enrolment_day >= 0).all()
    assert len(due_days(protocol.visits, protocol.follow_up_years)) < 600
    assert len(due_days(protocol.mri, protocol.follow_up_years)) < 600


def refusal(data: dict[str, Any]) -> str | None:
    """Return why a protocol is refused, or None when it is accepted and everything can be planned."""
    try:
        protocol = validate(Protocol, data, "f.toml", bundled=BUNDLED)
    except InputError as error:
        return str(error)
    plan_everything(protocol)
    return None


@pytest.mark.parametrize("name", list_protocols())
def test_a_number_nobody_means_is_refused_by_its_key_or_can_be_planned(name: str) -> None:
    data = contents_of(name)
    for turn, (path, old) in enumerate(numbers_of(data)):
        values = (*VALUES, date(1700, 1, 1), date(9995, 1, 1)) if isinstance(old, date) else VALUES
        for value in values if name in WHOLE else (values[turn % len(values)],):
            where = [str(part) for part in path if isinstance(part, str) and part != BUNDLED]
            refused = refusal(changed(data, path, value))
            if refused is not None:
                assert any(part in refused for part in where), (path, value, refused)
                continue
            negative_day = value == -1 and str(path[-1]) in {"first_day", "last_day", "reinfusion_day"}
            assert value in {0, 1e-9} or negative_day, f"{path} = {value} was accepted"


@pytest.mark.parametrize("name", list_names(POPULATIONS))
def test_a_number_nobody_means_in_a_population_is_refused_by_its_key(name: str) -> None:
    data = as_lists(load_population(name).model_dump(mode="json", exclude_unset=True, exclude={"sources"}))
    for path, _ in numbers_of(data):
        for value in (-1, 10**9, nan, inf, True, "x"):
            with pytest.raises(SettingsProblem) as caught:
                validate(Population, changed(data, path, value), "f.toml")
            assert str(path[-1]) in str(caught.value)


def fields_with_numbers(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[str, str, Any]]:
    """Yield every field of a model and those inside it that holds a number or a date."""
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        if holds_a_number(field.annotation):
            yield model.__name__, name, field
        for inner in inner_models(field.annotation):
            yield from fields_with_numbers(inner, seen)


def holds_a_number(annotation: object) -> bool:
    parts = getattr(annotation, "__args__", ())
    return annotation in {int, float, date} or any(holds_a_number(part) for part in parts)


def inner_models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from inner_models(part)


def test_every_number_a_file_may_hold_has_its_limits_in_the_table() -> None:
    seen: set[type[BaseModel]] = set()
    used, without = set(), []
    for model in (Protocol, Population, Schedule):
        for owner, name, field in fields_with_numbers(model, seen):
            limit = (field.json_schema_extra or {}).get("limit")
            if limit is None and (owner, name) != ("Drug", "dose"):
                without.append(f"{owner}.{name}")
            used.add(limit)
    assert without == []
    assert set(LIMITS) - used == set(), "a limit that nothing reads"
    assert set(DOSES) == {str(name) for name in DrugName}


def test_every_limit_says_why_and_is_in_order() -> None:
    for key, limit in (*LIMITS.items(), *((f"{d}/{u}", one) for d, units in DOSES.items() for u, one in units.items())):
        assert limit.low <= limit.high, key
        assert len(limit.reason) > 5, key


def test_limits_that_follow_from_the_model_are_the_models() -> None:
    assert LIMITS["harvest.sessions_maximum"].high == SESSIONS_MAXIMUM
    assert LIMITS["mri.baseline_scans"].high == BEFORE_SCANS - 1  # the third slot is the re-baseline scan


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("first_enrolment = 9995-01-01", "accrual.first_enrolment = '9995-01-01': must not be above 2100-01-01"),
        ("first_enrolment = 1700-01-01", "accrual.first_enrolment = '1700-01-01': must not be below 1990-01-01"),
        ("first_enrolment = 0001-01-01", "must not be below 1990-01-01"),
    ],
)
def test_dates_of_no_trial_are_refused(tmp_path, change: str, said: str) -> None:
    text = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("first_enrolment = 2001-06-01", change), encoding="utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load_protocol(path)
    assert said in str(caught.value)


HOURLY = """[conditioning.drug.rabbit_atg]
first_day = 1
last_day = 5
doses_per_day = 20
infusion_hours = 1.0
dose = 0.15
"""
TOGETHER = {  # each value is plausible, the whole is not: (change, key, words)
    "fresh cells that wait": (
        '[freeze]\nmethod = "fresh"\n',
        "freeze.method",
        "52 days lie between collection and reinfusion",
    ),
    "frozen without a protectant": ("[freeze]\ndmso_pct = 0.0\n", "freeze.dmso_pct", "die"),
    "vials larger than doses": (
        "[conditioning.drug.busulfan]\nround_to_mg = 60.0\n",
        "conditioning.drug[0].round_to_mg",
        "more than a quarter",
    ),
    "a vial of a tonne": (
        "[conditioning.drug.busulfan]\nround_to_mg = 1e9\n",
        "conditioning.drug[0].round_to_mg",
        "2,000 mg",
    ),
    "a cap that is another dose": (
        "[conditioning.drug.cyclophosphamide]\ndose_maximum_mg = 100.0\n",
        "conditioning.drug[1].dose_maximum_mg",
        "2500 mg for 50 kg",
    ),
    "grams taken for milligrams": (
        "[conditioning.drug.busulfan]\ndose = 0.0008\n",
        "conditioning.drug[0].dose",
        "less than anyone gives",
    ),
    "cyclophosphamide while collecting": (
        "[mobilisation]\ncyclophosphamide_day = 10\n",
        "mobilisation.cyclophosphamide_day",
        "collection has begun",
    ),
    "follow-up beyond the data": ("follow_up_years = 30.0\n", "follow_up_years", "the data end on 2014-01-31"),
    "a dose every hour for days": (HOURLY, "conditioning.drug", "at once"),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_plausible_numbers_that_make_no_trial_together_are_refused_by_their_key(tmp_path, case: str) -> None:
    change, key, words = TOGETHER[case]
    path = tmp_path / "mine.toml"
    head = "" if change.startswith("[") else change
    path.write_text(f'like = "atkins-2016"\nname = "mine"\ntitle = "Mine"\n{head}\n{"" if head else change}', "utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load_protocol(path)
    message = str(caught.value)
    assert f"{path}: {key}" in message, message
    assert words in message
