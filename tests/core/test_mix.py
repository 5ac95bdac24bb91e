"""A mix of parts: each counted once and alike, none of them a mix, and words that say how many get it."""

import pytest
from pydantic import ValidationError

from regraft.core.mix import MixPart, about_mix, in_words


def _told(*parts: MixPart, given: tuple[str, ...] = ("a", "b", "c")) -> list[tuple[str, object, str]]:
    issues = about_mix("mix", parts, given[: len(parts)], "write it for all")
    return [(issue.key, issue.value, issue.problem) for issue in issues]


def test_numbers_of_patients_are_weights_and_need_not_add_up():
    parts = [MixPart(patients=22), MixPart(patients=18)]
    assert _told(*parts) == []
    assert [part.weight for part in parts] == [22.0, 18.0]


def test_shares_that_do_not_add_up_are_told_with_each_of_them():
    told = _told(MixPart(share=0.5), MixPart(share=0.3))
    assert told == [("mix", "0.5 + 0.3", "the shares add up to 0.8, not to 1")]
    assert _told(MixPart(share=0.7), MixPart(share=0.3)) == []


def test_one_part_is_no_mix():
    assert _told(MixPart(share=1.0)) == [("mix", "a", "a mix has two parts or more")]


def test_parts_counted_differently_are_told_at_the_one_without_a_share():
    ((key, value, _),) = _told(MixPart(share=0.5), MixPart(patients=3))
    assert (key, value) == ("mix[1].patients", 3)


def test_a_part_listed_twice_is_told_once():
    parts = (MixPart(patients=1), MixPart(patients=2), MixPart(patients=3))
    assert _told(*parts, given=("a", "b", "a")) == [("mix[2]", "a", "the same as part 1")]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({}, "patients"),
        ({"share": 0.0}, "share"),
        ({"share": 0.5, "patients": 2}, "share"),
        ({"mix": [{"patients": 2}]}, "mix"),
    ],
)
def test_a_part_is_counted_once_and_is_no_mix(data, where):
    with pytest.raises(ValidationError) as caught:
        MixPart.model_validate(data)
    (details,) = caught.value.errors()
    assert [issue.key for issue in details["ctx"]["issues"]] == [where]


@pytest.mark.parametrize("data", [{"share": -0.1}, {"share": 60.0}, {"patients": 0}, {"patients": -22}])
def test_a_number_that_no_part_can_have_is_refused(data):
    with pytest.raises(ValidationError, match="implausible"):
        MixPart.model_validate(data)


def test_words_say_how_many_of_how_many():
    counted = [MixPart(patients=22), MixPart(patients=1054)]
    assert [in_words(part, counted) for part in counted] == ["22 of 1,076", "1,054 of 1,076"]
    assert in_words(MixPart(share=0.125), [MixPart(share=0.125), MixPart(share=0.875)]) == "12.5%"
