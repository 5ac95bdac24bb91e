"""The evidence library: every file validates, every number is sourced, roles and groups follow the project's rules."""

import json
import time

import pytest

from regraft.cli import evidence as command
from regraft.evidence.registry import (
    FOLDER,
    cohort_group,
    list_trials,
    load_library,
    load_trial,
    use_of,
)
from regraft.evidence.schema import Confidence, Role, Trial, exact_bound

FIT = {
    "atkins-2016",
    "ottawa-brain-atrophy",
    "burt-2021",
    "boffa-2021",
    "samijn-2006",
    "rocca-2007",
    "moore-2019",
    "ni-2006",
    "immune-reconstitution",
    "ottawa-immune-reconstitution",
    "mexico-2019",
    "fassas-2011",
    "mexico-la-raza-2023",
    "braun-2024",
    "casanova-2017",
    "saiz-2004",
    "nash-2003",
    "chen-2012",
    "msj-etc-2026",
}
SCORE = {"halt-ms", "krasulova-2010", "hamerschlak-2010", "shevchenko-2015", "mist-2019"}
NEVER_FITTED_NOR_SCORED = {"muraro-2017", "sormani-2017", "nabizadeh-2022"}


@pytest.mark.parametrize("name", list_trials())
def test_every_number_has_a_source_or_was_not_found(name):
    trial = load_trial(name)
    for section, fact in trial.facts():
        assert fact.source or fact.confidence in {Confidence.NOT_FOUND, Confidence.POINTER}, (section, fact.field)
        if fact.is_number:
            assert fact.confidence in {Confidence.FOUND, Confidence.RECALLED, Confidence.DERIVED}, fact.field
    for outcome in trial.outcomes:
        assert outcome.source, outcome.endpoint


@pytest.mark.parametrize("name", list_trials())
def test_a_found_number_was_read_at_an_address(name):
    trial = load_trial(name)
    found = [r for r in (*trial.outcomes, *(f for _, f in trial.facts())) if r.confidence is Confidence.FOUND]
    assert [record for record in found if "http" not in (record.source or "")] == []


def trials_by_role(role: Role) -> list[Trial]:
    return [trial for trial in load_library() if trial.use.role is role]


def test_roles_are_those_of_the_fitting_rules():
    assert {trial.id for trial in trials_by_role(Role.FIT)} == FIT
    assert {trial.id for trial in trials_by_role(Role.SCORE)} == SCORE
    assert {trial.id for trial in trials_by_role(Role.CONTEXT)} >= NEVER_FITTED_NOR_SCORED
    assert all(not trial.outcomes for trial in trials_by_role(Role.PROTOCOL) if trial.id in {"beat-ms", "ram-ms"})


def test_no_cohort_group_is_both_fitted_and_scored():
    for group in {trial.use.cohort_group for trial in load_library()}:
        assert not {Role.FIT, Role.SCORE} <= {trial.use.role for trial in cohort_group(group)}, group


def test_a_cohort_group_has_all_its_studies_and_no_other():
    for group in {trial.use.cohort_group for trial in load_library()}:
        assert cohort_group(group) == tuple(t for t in load_library() if t.use.cohort_group == group)
    assert cohort_group("no such group") == ()


def test_studies_that_share_patients_share_a_group():
    groups = {
        group: [trial.id for trial in cohort_group(group)] for group in ("ottawa", "rotterdam", "northwestern", "italy")
    }
    assert set(groups["ottawa"]) == {"atkins-2016", "ottawa-brain-atrophy", "ottawa-immune-reconstitution"}
    assert set(groups["rotterdam"]) == {"rocca-2007", "samijn-2006"}
    assert set(groups["northwestern"]) == {"burt-2009", "burt-2015", "burt-2021"}
    assert {"boffa-2021", "mancardi-2012", "saccardi-2005"} <= set(groups["italy"])


def test_the_drug_arm_of_mist_alone_is_scored_and_the_file_says_so():
    assert "only the drug arm is scored" in load_trial("mist-2019").use.note


def test_corrections_are_made_and_noted_in_the_files():
    atkins = load_trial("atkins-2016")
    (improved,) = (one for one in atkins.outcomes if one.endpoint == "edss_improved_pct")
    assert (improved.value, improved.events, improved.n, improved.time_years) == (35, 8, 23, None)
    assert any(note.startswith("Correction: edss_improved_pct") for note in atkins.notes)
    for name in ("ottawa-immune-reconstitution", "halt-ms", "mist-2019"):
        assert any(note.startswith("Correction") for note in load_trial(name).notes), name


def test_what_could_not_be_found_about_atkins_stays_empty():
    missing = {fact.field for _, fact in load_trial("atkins-2016").facts() if fact.confidence is Confidence.NOT_FOUND}
    assert {"cd34_dose", "neutrophil_engraftment_day", "platelet_engraftment_day", "sex_female_pct"} <= missing


def test_loading_is_quick():
    began = time.perf_counter()
    for path in FOLDER.glob("*.yaml"):
        load_trial(path)
    assert time.perf_counter() - began < 2.0  # 0.1 s alone; the rest is a busy machine


def test_zero_and_all_have_exact_bounds():
    assert exact_bound(0, "percent", 24) == pytest.approx((0, 14.247), abs=0.001)
    assert exact_bound(100.0, "percent", 23)[0] == pytest.approx(85.18, abs=0.01)
    assert exact_bound(50, "percent", 23) is None
    assert exact_bound(0, "patients", 23) is None


def test_what_a_study_may_be_used_for_is_told_without_its_results_and_only_of_those_that_come_with_regraft():
    assert {name: use_of(name) for name in list_trials()} == {trial.id: trial.use for trial in load_library()}
    assert use_of("no-such-study") is None
    assert use_of(str(FOLDER / "halt-ms.yaml")) is None


def test_the_list_has_a_line_for_every_study_and_is_not_cut_off(capsys):
    command.list_command()
    shown = capsys.readouterr().out
    for trial in load_library():
        line = next(line for line in shown.splitlines() if line.split()[:1] == [trial.id])
        assert (trial.regimen.conditioning_class or "") in line
        assert str(trial.use.role) in line
    assert "…" not in shown


def test_show_prints_every_value_with_its_interval_source_and_state(capsys):
    command.show("atkins-2016")
    shown = capsys.readouterr().out
    primary = next(line for line in shown.splitlines() if line.split()[:1] == ["disease_activity_free_survival"])
    for part in ("3 y", "69.6 percent", "46.6 to 84.2 (95% CI)", "23", "found", "[1]"):
        assert part in primary
    assert "[1] https://ir.library.carleton.ca/pub/16450" in shown
    assert "…" not in shown


@pytest.mark.parametrize("name", list_trials())
def test_no_proportion_of_none_or_all_is_shown_without_its_bound(name, capsys):
    command.show(name)
    for line in capsys.readouterr().out.splitlines():
        if " 100 percent" in line or " 0 percent" in line:
            assert "exact 95%" in line or "no bound" in line or "CI)" in line


@pytest.mark.parametrize("name", list_trials())
def test_json_is_one_document_with_every_number(name, capsys):
    command.show(name, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert len(document["outcomes"]) == len(load_trial(name).outcomes)


def test_the_list_as_json_counts_the_numbers(capsys):
    command.list_command(as_json=True)
    studies = {study["study"]: study for study in json.loads(capsys.readouterr().out)["studies"]}
    assert set(studies) == set(list_trials())
    assert sum(studies["atkins-2016"]["numbers"].values()) == load_trial("atkins-2016").confidences().total()
