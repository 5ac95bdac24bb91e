"""Only studies that may be fitted reach a likelihood, each quantity of a cohort once."""

from pathlib import Path

import pytest

from regraft.calibration.priors import load_priors
from regraft.calibration.targets import FILE, TargetKind, load_targets
from regraft.core.errors import SettingsProblem
from regraft.core.parameters import load_parameters
from regraft.evidence.registry import list_trials, load_trial
from regraft.evidence.schema import Role
from regraft.replication.matches import match_rows, name_of
from regraft.replication.statistics import Form

ENTRY = """
[[target]]
study = "{study}"
endpoint = "{endpoint}"
{more}
block = "disease"
kind = "share"
n_effective = 20.0
discrepancy = 0.25
why = "a test"
"""


def file_of(folder: Path, *entries: str) -> Path:
    file = folder / "targets.toml"
    file.write_text("".join(entries), encoding="utf-8")
    return file


def test_every_target_belongs_to_a_study_that_may_be_fitted() -> None:
    assert {load_trial(target.study).use.role for target in load_targets()} == {Role.FIT}


@pytest.mark.parametrize("study", [name for name in list_trials() if load_trial(name).use.role is not Role.FIT])
def test_a_study_that_is_scored_or_shown_is_refused(tmp_path: Path, study: str) -> None:
    entry = ENTRY.format(study=study, endpoint="progression_free_survival", more="time_years = 5.0")
    with pytest.raises(SettingsProblem, match="must never be fitted"):
        load_targets(file_of(tmp_path, entry))


def test_one_endpoint_of_a_cohort_enters_once(tmp_path: Path) -> None:
    entry = ENTRY.format(study="atkins-2016", endpoint="relapse_free_survival", more="")
    with pytest.raises(SettingsProblem, match="tells the same of the same cohort"):
        load_targets(file_of(tmp_path, entry, entry))


def test_a_row_that_does_not_exist_is_named(tmp_path: Path) -> None:
    entry = ENTRY.format(study="atkins-2016", endpoint="relapse_free_survival", more="time_years = 77.0")
    with pytest.raises(SettingsProblem, match="0 rows of atkins-2016 fit these words"):
        load_targets(file_of(tmp_path, entry))


def test_values_are_those_of_the_evidence() -> None:
    by_key = {target.key: target for target in load_targets()}
    assert by_key["atkins-2016: disease_activity_free_survival, 3.0"].value == 69.6
    assert by_key["samijn-2006: treatment_failure_patients"].value == pytest.approx(100.0 * 9 / 14)
    change = by_key["burt-2021: edss_mean, RRMS, 1.0"]
    assert change.is_change
    assert change.kind is TargetKind.MEAN
    assert change.value == pytest.approx(2.51 - 3.87)


def test_no_value_stands_in_the_file_of_targets() -> None:
    assert "value" not in FILE.read_text(encoding="utf-8").replace("published values", "").replace("The values", "")


def test_no_prior_rests_on_a_study_that_is_scored() -> None:
    parameters = load_parameters()
    scored = {name for name in list_trials() if load_trial(name).use.role is Role.SCORE}
    sources = {parameters[prior.name].source for prior in load_priors() if prior.is_parameter}
    assert not sources & scored


def test_no_parameter_of_the_model_cites_a_scored_study() -> None:
    scored = {name for name in list_trials() if load_trial(name).use.role is Role.SCORE}
    assert not {p.source for p in load_parameters().parameters} & scored


def test_a_crude_share_at_last_visit_is_counted_in_all_follow_up_and_not_read_from_a_curve() -> None:
    matches, _ = match_rows((load_trial("msj-etc-2026"),))
    share = next(match for match in matches if name_of(match.row) == "neda_pct")
    assert (share.statistic.form, share.statistic.years) == (Form.FREE_SHARE, None)
    assert any(target.endpoint == "neda_pct" and target.study == "msj-etc-2026" for target in load_targets())
