"""One file language: a set says its report and its search in one file, and a file may hold only the search."""

import pytest

from regraft.core.errors import FileProblem, SettingsProblem
from regraft.endpoints.definition import (
    list_definitions,
    list_progressions,
    load_definition,
    load_progression,
)
from regraft.endpoints.progression.choices import Moves, Start, Target
from regraft.endpoints.relapse_rules import Pseudorelapse, RelapseCount

HEAD = 'name = "own"\ntitle = "Own"\nsource = "me"\n'
WHOLE = f'extends = "consensus"\n{HEAD}'
ONLY = f'extends = "consensus-cdw-24w"\n{HEAD}'


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "own.toml"
        path.write_text(text)
        return path

    return write


def test_every_whole_set_can_be_searched_event_by_event():
    assert set(list_definitions()) < set(list_progressions())
    for name in list_definitions():
        rules, definition = load_progression(name), load_definition(name)
        assert rules.name == name
        assert rules.events is Target.FIRST_CDW
        assert rules.confirmation.window[0].days == 7.0 * definition.composite.worsening_weeks
        assert rules.confirmation.window[0].early_days == definition.worsening.confirmation_may_be_early_by_days
        assert rules.baseline.days_after_relapse == definition.worsening.baseline_days_from_relapse
        assert rules.event.from_day == definition.worsening.counts_from_day


def test_what_the_section_progression_says_is_on_top_of_the_rules_of_the_set(written):
    path = written(f'{WHOLE}[progression]\nevents = "multiple"\n[progression.baseline]\nmoves = "roving"\n')
    rules, consensus = load_progression(path), load_progression("consensus")
    assert (rules.events, rules.baseline.moves, rules.baseline.start) == (
        Target.MULTIPLE,
        Moves.ROVING,
        Start.DAY_ZERO,
    )
    assert rules.worsening == consensus.worsening
    assert load_definition(path).worsening == load_definition("consensus").worsening


def test_a_file_may_hold_only_the_search_and_is_then_no_set_of_endpoints(written):
    path = written(f"{ONLY}[progression.event]\nfrom_day = 365\n")
    assert load_progression(path).event.from_day == 365
    with pytest.raises(SettingsProblem, match=r'Begin it with extends = "consensus"'):
        load_definition(path)
    with pytest.raises(SettingsProblem, match="regraft endpoints"):
        load_definition("msbase")


@pytest.mark.parametrize("read", [load_definition, load_progression])
def test_what_is_wrong_in_the_section_progression_is_told_with_its_key(written, read):
    with pytest.raises(SettingsProblem, match=r'progression\.baseline\.moves.*"?roving'):
        read(written(f'{WHOLE}[progression.baseline]\nmoves = "rovin"\n'))


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (f'{WHOLE}[relapse]\npassing = "ignored"\n', "relapse.passing", "pseudorelapse_by_length"),
        (f'{WHOLE}[relapse]\nfever = "ignored"\n', "relapse.fever", "pseudorelapse_by_fever"),
        (f'{ONLY}[progression]\noutcome = "edss"\n', "progression.outcome", "scale"),
        (f'{ONLY}[progression.relapses]\nfever = "ignored"\n', "progression.relapses.fever", "pseudorelapse_by_fever"),
        (f'{HEAD}outcome = "edss"\nevents = "first_cdw"\n', "events", r"\[progression\]"),
    ],
)
def test_a_key_of_before_is_refused_with_what_to_write_instead(written, text, old, new):
    with pytest.raises(SettingsProblem, match=rf"{old}[: ].*{new}"):
        load_progression(written(text))


def test_a_name_of_before_offers_the_set_that_says_it_now():
    with pytest.raises(FileProblem, match="Did you mean atkins-2016"):
        load_progression("atkins-2016-cdw")


def test_visits_keep_their_distance_from_every_reported_relapse_whatever_the_set_counts():
    assert load_definition("consensus").relapse.pseudorelapse_by_fever is Pseudorelapse.UNLESS_SHOWN
    nearby = load_progression("consensus").relapses
    assert nearby.count is RelapseCount.REPORTED
    assert nearby.pseudorelapse_by_fever is Pseudorelapse.IGNORED


def test_the_rules_that_the_model_was_fitted_by_stay_as_they_were():
    plan = load_progression("consensus-cdw-24w").plan()
    assert plan.windows.tolist() == [[154.0, float("inf")]]
    assert plan.worse.tolist() == [[0.0, 1.5, 0.0], [0.5, 1.0, 0.0], [5.5, 0.5, 0.0]]
    assert (plan.base_since, plan.confirm_since, plan.event_since, plan.sustained) == (30.0, 30.0, 0.0, 0.0)
