"""Rules hold any study's rows against simulated statistics, and say why a row has no counterpart."""

import pytest

from regraft.evidence.registry import load_library, load_trial
from regraft.evidence.schema import Outcome
from regraft.replication.matches import death_is_event, is_number, match_rows, name_of, rows_of
from regraft.replication.rules import FILE, load_rules, rule_of
from regraft.replication.statistics import Form

STUDIES = [trial.id for trial in load_library()]


def matches_of(study: str, endpoint: str) -> list:
    return [match for match in match_rows((load_trial(study),))[0] if name_of(match.row) == endpoint]


def test_no_rule_knows_a_study() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert [study for study in STUDIES if study in text] == []


@pytest.mark.parametrize("study", STUDIES)
def test_every_result_is_matched_or_has_a_reason(study: str) -> None:
    trial = load_trial(study)
    done, left = match_rows((trial,))
    told = {id(one.row) for one in (*done, *left)}
    assert [row.endpoint for row in trial.outcomes if id(row) not in told] == []
    assert all(one.reason for one in left)


@pytest.mark.parametrize("study", STUDIES)
def test_no_number_about_harm_or_engraftment_is_dropped(study: str) -> None:
    trial = load_trial(study)
    done, left = match_rows((trial,))
    told = {id(one.row) for one in (*done, *left)}
    rows = [row for section, row in rows_of(trial) if section in {"safety", "engraftment"} and is_number(row.value)]
    assert [name_of(row) for row in rows if id(row) not in told] == []


def test_a_percentage_with_a_time_is_read_from_the_curve() -> None:
    five = matches_of("halt-ms", "progression_free_survival")[0].statistic
    assert (five.form, five.years, five.of) == (Form.FREE_AT, 5.0, ("edss_worsening_24w",))


def test_a_bare_count_and_a_zero_are_counted_in_all_follow_up() -> None:
    assert matches_of("atkins-2016", "relapse_free_survival")[0].statistic.form is Form.FREE_SHARE
    assert matches_of("atkins-2016", "edss_sustained_progression_patients")[0].statistic.form is Form.SHARE


def test_counts_of_one_endpoint_at_two_times_are_each_counted_until_their_own() -> None:
    two = [match for match in matches_of("burt-2015", "edss_improved_pct") if match.statistic.form is Form.SHARE]
    assert {(match.statistic.years, match.row.time_years) for match in two} == {(2.0, 2.0), (4.0, 4.0)}
    assert len({match.statistic.key for match in two}) == 2
    assert all("in all follow-up" not in match.definition and "until" in match.label for match in two)


def test_an_input_carries_no_error_of_the_model() -> None:
    assert [rule.key for rule in load_rules().rules if rule.input and rule.error is not None] == []


def test_a_definition_that_counts_death_makes_it_an_event() -> None:
    efs = matches_of("halt-ms", "disease_activity_free_survival")[0]
    assert efs.statistic.of == ("activity_free_survival_death_event",)
    atkins = matches_of("atkins-2016", "disease_activity_free_survival")[0]
    assert atkins.statistic.of == ("activity_free_survival_death_censored",)


def test_a_subgroup_is_read_by_course() -> None:
    found = {
        match.row.subgroup: match.statistic.courses for match in matches_of("burt-2021", "progression_free_survival")
    }
    assert found == {"RRMS": ("RRMS",), "SPMS": ("SPMS",)}


def test_the_arm_that_is_not_simulated_is_told() -> None:
    _, left = match_rows((load_trial("mist-2019"),))
    assert any(one.row.arm == "dmt" and "'dmt' is not simulated" in one.reason for one in left)


def test_an_arm_the_simulation_has_is_matched_by_name() -> None:
    done, _ = match_rows((load_trial("mist-2019"),), {"dmt": "best drug", "ahsct": "transplantation"})
    assert {match.statistic.arm for match in done if match.row.arm == "dmt"} == {"best drug"}


def test_twelve_weeks_in_the_definition_confirm_after_twelve_weeks() -> None:
    trial = load_trial("halt-ms")
    row = next(row for row in trial.outcomes if row.endpoint == "progression_free_survival")
    short = row.model_copy(update={"definition": "EDSS worsening confirmed after 12 weeks"})
    done, _ = match_rows((trial.model_copy(update={"outcomes": (short,)}),))
    assert done[0].statistic.of == ("edss_worsening_12w",)


def test_death_left_out_in_words_is_no_event() -> None:
    trial = load_trial("halt-ms")
    rule = rule_of("outcomes", "progression_free_survival")
    assert rule is not None
    row: Outcome = trial.outcomes[1].model_copy(update={"definition": "EDSS worsening; death is censored"})
    assert not death_is_event(trial, row, rule)
    assert death_is_event(trial, row.model_copy(update={"definition": "EDSS worsening or death"}), rule)
