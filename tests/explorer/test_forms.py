"""Addresses and requests: what is filled in comes back, and what cannot be used is said at its field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regraft.api.requests import key_of
from regraft.explorer import forms
from regraft.explorer.pages import PAGES
from regraft.explorer.shelf import shelf
from regraft.trial.protocol import load_protocol

FORMS = [page for page in PAGES.values() if page.name in {"trial", "pathway", "profile", "compare", "design"}]


def _entry(one: forms.Entry) -> st.SearchStrategy[str]:
    if one.choices:
        return st.sampled_from([value for value, _ in one.choices])
    steps = int((one.high - one.low) / one.step)
    number = st.integers(0, min(steps, 2**31)).map(lambda n: f"{one.low + n * one.step:g}")
    return number if one.default else st.one_of(st.just(""), number)


@pytest.mark.parametrize("page", FORMS, ids=lambda page: page.name)
@given(data=st.data())
def test_an_address_gives_the_request_back_that_made_it(page, data):
    entries = page.fill({}).entries
    given_values = {one.name: data.draw(_entry(one), label=one.name) for one in entries}
    filled = page.fill(given_values)
    if filled.problems:
        return
    for address in (filled.address, filled.whole_address):
        query = dict(pair.split("=", 1) for pair in address.partition("?")[2].split("&") if pair)
        again = page.fill({name: _unquoted(value) for name, value in query.items()})
        assert key_of(page.request(again)) == key_of(page.request(filled))


def _unquoted(text: str) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(text)


@given(name=st.sampled_from(["trials", "age_from", "edss_to", "seed", "protocol"]), text=st.text(max_size=30))
def test_whatever_stands_in_an_address_is_a_request_or_a_sentence(name, text):
    filled = forms.trial_form({name: text})
    if not filled.problems:
        forms.trial_request(filled)
    for said in filled.problems.values():
        assert said.endswith((".", "?"))


@pytest.mark.parametrize(
    ("page", "entry", "value", "said"),
    [
        ("trial", "trials", "0", "outside 1 to 400"),
        ("trial", "trials", "2.5", "no whole number"),
        ("trial", "edss_from", "0.5", "no step of the EDSS"),
        ("trial", "age_to", "old", "is no number"),
        ("trial", "protocol", "../atkins-2016", "not one of the choices"),
        ("profile", "age", "17", "outside 18 to 60"),
        ("profile", "sex", "x", "not one of the choices"),
        ("compare", "b", "bu-cy-atg-iv-9.6", "named twice"),
    ],
)
def test_what_cannot_be_used_is_said_with_what_may_stand_there(page, entry, value, said):
    assert said in PAGES[page].fill({entry: value}).problems[entry]


def test_a_comma_is_a_point_and_what_equals_the_protocol_is_no_change():
    filled = forms.trial_form({"edss_from": "3,5", "age_to": "50", "people": "24"})
    assert forms.trial_request(filled).changes == {"eligibility.edss.minimum": 3.5}


def test_the_shelf_says_what_the_protocols_say():
    for name, one in shelf().items():
        loaded = load_protocol(name)
        assert (one.title, one.patients, one.years) == (loaded.title, loaded.patients, loaded.follow_up_years)
        ages, edss = loaded.eligibility.age_years, loaded.eligibility.edss
        assert (one.age_years, one.edss) == ((ages.minimum, ages.maximum), (edss.minimum, edss.maximum))
        assert one.amendments == len(loaded.treatment.amendment)


def test_the_drugs_are_those_that_can_be_simulated():
    from regraft.prediction.profile.simulate import HighEfficacy

    assert set(forms.DRUGS) == {str(drug) for drug in HighEfficacy}
