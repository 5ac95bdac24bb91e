"""A schedule and a set of definitions that contradict each other are refused in one message, or said."""

from pathlib import Path

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.library import LIBRARY
from regraft.trial.fits_definitions import schedule_cautions
from regraft.trial.protocol import Protocol, list_protocols, load_protocol

_RULES = 'extends = "consensus"\nname = "rules"\ntitle = "Rules"\nsource = "a test"\n'
EXAMPLE = LIBRARY / "examples" / "new-trial" / "protocol.toml"


def _own(folder: Path, text: str, definitions: str = "") -> Protocol:
    if definitions:
        (folder / "rules.toml").write_text(_RULES + definitions, encoding="utf-8")
    file = folder / "own.toml"
    file.write_text(f'like = "{EXAMPLE}"\ntitle = "A trial of my own"\n{text}', encoding="utf-8")
    return load_protocol(file, {"population": "mixed-ms", "evidence": str(EXAMPLE.with_name("published.yaml"))})


def test_a_reference_scan_that_would_itself_be_activity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match=r"day 182.*consensus.*day 100.*activity") as caught:
        _own(tmp_path, "[mri]\nrebaseline_months = 6\n")
    assert caught.value.key == "mri.rebaseline_months"
    assert "Give at most 3 months" in caught.value.remedy
    assert "ebmt" in caught.value.remedy
    assert "atkins-2016" not in caught.value.remedy  # day 100 too
    assert "reference_until_days = 182" in caught.value.remedy


def test_the_remedies_of_a_late_reference_scan_are_taken(tmp_path: Path) -> None:
    assert _own(tmp_path, "[mri]\nrebaseline_months = 3\n")
    assert _own(tmp_path, '[mri]\nrebaseline_months = 6\n[endpoints]\ndefinitions = "ebmt"\n')
    own = '[mri]\nrebaseline_months = 6\n[endpoints]\ndefinitions = "rules.toml"\n'
    assert _own(tmp_path, own, "[mri]\nreference_until_days = 182\n")


def test_a_late_reference_scan_is_no_matter_where_no_endpoint_counts_lesions(tmp_path: Path) -> None:
    survival = '[endpoints]\nprimary = "death"\nreported = ["death", "relapse"]\n'
    assert _own(tmp_path, f"[mri]\nrebaseline_months = 6\n{survival}")


def test_worsening_that_counts_later_than_the_last_visit_is_refused(tmp_path: Path) -> None:
    own = '[endpoints]\ndefinitions = "rules.toml"\n'
    with pytest.raises(SettingsProblem, match=r"follow_up_years.*day 1400 on and confirm it after 24 weeks"):
        _own(tmp_path, own, "[worsening]\ncounts_from_day = 1400\n")
    assert _own(tmp_path, own, "[worsening]\ncounts_from_day = 400\n")


def test_confirmation_longer_than_follow_up_is_refused(tmp_path: Path) -> None:
    own = '[endpoints]\ndefinitions = "rules.toml"\nreported = ["activity_free_survival_death_censored", "{}"]\n'
    with pytest.raises(SettingsProblem, match=r"edss_improvement_240w needs one on day"):
        _own(tmp_path, own.format("edss_improvement_240w"), "confirmation_weeks = [12, 24, 240]\n")
    assert _own(tmp_path, own.format("edss_improvement_24w"), "confirmation_weeks = [12, 24, 240]\n")


def test_neda_without_a_visit_near_its_rebaseline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match=r"visits\.months_first_phase = 10: NEDA is counted from day 182"):
        _own(tmp_path, "[visits]\nmonths_first_phase = 10\n")
    assert _own(tmp_path, "[visits]\nmonths_first_phase = 6\n")


def test_lesions_that_no_scan_can_show_are_refused(tmp_path: Path) -> None:
    own = "follow_up_years = 1.5\n[endpoints]\nprimary_years = 1.5\n[mri]\nmonths_first_phase = 24\nmonths_later = 24\n"
    with pytest.raises(SettingsProblem, match=r"no scan is due later than day 182"):
        _own(tmp_path, own)


def test_a_primary_endpoint_read_before_anything_can_count_is_refused(tmp_path: Path) -> None:
    primary = '[endpoints]\nprimary = "edss_worsening_24w"\nprimary_years = 0.5\ndefinitions = "rules.toml"\n'
    with pytest.raises(SettingsProblem, match=r"endpoints\.primary_years = 0\.5"):
        _own(tmp_path, primary, "[worsening]\ncounts_from_day = 365\n")


def test_neda_4_without_years_of_brain_volume_is_refused(tmp_path: Path) -> None:
    own = 'follow_up_years = 2.0\n[endpoints]\nreported = ["activity_free_survival_death_censored", "neda4_failure"]\n'
    with pytest.raises(SettingsProblem, match=r"Give at least 3\.0, or ask for neda3_failure"):
        _own(tmp_path, own)


def test_all_contradictions_stand_in_one_message(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem) as caught:
        _own(tmp_path, "[mri]\nrebaseline_months = 6\n[visits]\nmonths_first_phase = 10\n")
    assert "mri.rebaseline_months" in str(caught.value)
    assert "visits.months_first_phase" in str(caught.value)


@pytest.mark.parametrize("name", list_protocols())
def test_packaged_schedules_fit_their_definitions(name: str) -> None:
    assert load_protocol(name)


def test_a_scan_that_is_called_reference_and_is_none_is_said(tmp_path: Path) -> None:
    mist = _own(tmp_path, '[mri]\nrebaseline_months = 6\n[endpoints]\ndefinitions = "mist"\n')
    (said,) = schedule_cautions(mist.looked)
    assert "day 182" in said
    assert "mist" in said
    (late,) = schedule_cautions(_own(tmp_path, "[mri]\nrebaseline_months = 0\n").looked)
    assert "No scan is made up to day 100" in late
    assert not tuple(schedule_cautions(load_protocol("atkins-2016").looked))


def test_a_milestone_that_no_visit_could_confirm_is_refused(tmp_path: Path) -> None:
    own = (
        '[endpoints]\ndefinitions = "rules.toml"\nreported = ["activity_free_survival_death_censored", '
        '"edss_milestone_6"]\n'
    )
    with pytest.raises(SettingsProblem, match=r"edss_milestone_6 needs one on day"):
        _own(tmp_path, own, "[milestones]\nconfirmation_weeks = 240\n")
    assert _own(tmp_path, own, "[milestones]\nconfirmation_weeks = 24\n")
