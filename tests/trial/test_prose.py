"""The English of a protocol is true to the file: change any value and the text changes."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.settings import validate
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.prose import FIRST_LINE, describe, write
from regraft.trial.protocol import Protocol, load_protocol

HEADINGS = (
    "Who may enter",
    "Accrual",
    "Mobilisation",
    "Collection",
    "Graft manipulation",
    "Storage",
    "Conditioning",
    "Reinfusion",
    "Supportive care",
    "Aftercare",
    "Visits",
    "MRI",
    "Endpoints",
    "Stopping",
    "Where the numbers come from",
)
ATKINS = load_protocol("atkins-2016")


def _rebuild(contents: Mapping[str, Any]) -> Protocol:
    data = {key: value for key, value in contents.items() if key not in TreatmentProtocol.model_fields}
    data["treatment"] = {key: value for key, value in contents.items() if key in TreatmentProtocol.model_fields}
    return validate(Protocol, data, "f", bundled="treatment")


def _places(node: Any, path: tuple = ()) -> Iterator[tuple]:
    items = node.items() if isinstance(node, Mapping) else enumerate(node)
    for key, value in items:
        if key == "sources":
            continue
        if isinstance(value, Mapping | list | tuple):
            yield from _places(value, (*path, key))
        elif isinstance(value, bool | int | float):
            yield (*path, key)


def _mutable(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _mutable(value) for key, value in node.items()}
    return [_mutable(value) for value in node] if isinstance(node, list | tuple) else node


ORAL_IS_NOT_INFUSED = ("amendment", 0, "drug", "infusion_hours")


def _changed(place: tuple, before: Protocol) -> Protocol | None:
    """Return the protocol with another value at `place`, the first one that is allowed."""
    for change in (1, -1, 0.5, -0.5, 0.1, -0.1, 0.01, -0.01, 2, 3):
        contents = _mutable(copy.deepcopy(before.contents))
        node = contents
        for key in place[:-1]:
            node = node[key]
        old = node[place[-1]]
        node[place[-1]] = (not old) if isinstance(old, bool) else old + change
        if place[-1] == "share":  # shares must still add up
            contents["accrual"]["sites"][(place[2] + 1) % 3]["share"] -= change
        try:
            return _rebuild(contents)
        except SettingsProblem:
            continue
    return None


def _with_room(place: tuple) -> Protocol:
    """Halve a dose whose number of doses is to change, so that the total stays possible."""
    contents = _mutable(copy.deepcopy(ATKINS.contents))
    if place[-1] == "doses_per_day" and place[0] == "conditioning":
        contents["conditioning"]["drug"][place[2]]["dose"] /= 2
    return _rebuild(contents)


@pytest.mark.parametrize(
    "place",
    [p for p in _places(ATKINS.contents) if p != ORAL_IS_NOT_INFUSED],
    ids=lambda place: ".".join(map(str, place)),
)
def test_every_number_and_flag_of_the_file_is_in_the_text(place):
    before = _with_room(place)
    other = _changed(place, before)
    assert other is not None, "no other value of this key is allowed"
    assert write(other) != write(before)


def test_the_text_has_every_heading_in_order_and_says_first_that_it_is_no_prescription():
    assert tuple(passage.heading for passage in describe(ATKINS)) == HEADINGS
    assert write(ATKINS).startswith(FIRST_LINE + "\n")
    assert FIRST_LINE == "Study description, not a prescription"


def test_busulfan_reads_as_a_transplant_unit_writes_it():
    text = " ".join(write(ATKINS).split())
    assert (
        "Busulfan 0.8 mg/kg (adjusted ideal body weight) intravenously over 2 hours every 6 hours on days -10 to -8, "
        "12 doses, 9.6 mg/kg in all, adjusted after dose 4 to a cumulative exposure of 55 mg*h/L." in text
    )


def test_the_day_table_has_a_row_for_every_day_and_the_totals():
    table = next(passage.table for passage in describe(ATKINS) if passage.heading == "Conditioning")
    assert [row[0] for row in table[1:-1]] == [f"-{day}" for day in range(10, 0, -1)] + ["0"]
    assert table[-1] == ("In all", "9.6 mg/kg", "200 mg/kg", "5 mg/kg")
    assert table[1][1] == "4 x 0.8 mg/kg"
    assert table[-2][1] == "graft"


def test_lines_are_no_wider_than_asked_for():
    assert max(len(line) for line in write(ATKINS, width=72).splitlines()) <= 72


@pytest.mark.parametrize("word", ["cure", "cured", "eradicated", "wiped out", "reversed ms"])
def test_words_that_promise_too_much_never_appear(word):
    assert f" {word} " not in f" {' '.join(write(ATKINS).lower().split())} "


def test_other_choices_are_said_too():
    contents = _mutable(copy.deepcopy(ATKINS.contents))
    contents["purify"]["method"] = "none"
    contents["freeze"]["method"] = "fresh"
    contents["mobilisation"]["cyclophosphamide_g_per_m2"] = 0.0
    contents["supportive_care"]["seizure_prophylaxis"] = "none"
    del contents["stopping"], contents["amendment"]
    text = " ".join(write(_rebuild(contents)).split())
    for said in (
        "not manipulated",
        "given fresh",
        "Without chemotherapy: filgrastim",
        "no seizure prophylaxis",
        "No stopping rule",
    ):
        assert said in text
    assert "Amendment" not in text
