"""What a study published stands only beside the protocol that was written for it.

Few replicates and other follow-up claim nothing.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from regraft.api.simulate import planned
from regraft.cli.commands import app
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.evidence.registry import FOLDER as EVIDENCE
from regraft.evidence.registry import load_trial
from regraft.patient.population import FOLDER as POPULATIONS
from regraft.patient.population import load_population
from regraft.prediction.target import find_target
from regraft.replication.cautions import cautions
from regraft.replication.comparable import Followed
from regraft.replication.comparison import published_beside
from regraft.replication.matches import match_rows
from regraft.replication.predictive import LEAST_REPLICATES, predictive_interval
from regraft.replication.replicate import Reenactment, reenact
from regraft.replication.standing import standing_of
from regraft.report.from_run import results_document, results_of, simulated_contents
from regraft.report.page import render
from regraft.report.simulated import simulated_page
from regraft.trial.protocol import FOLDER, list_protocols, load_protocol
from regraft.trial.run import TrialPlan

ATKINS = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8")
TITLE = load_protocol("atkins-2016").title
CHANGES = {
    "dose": "[conditioning.drug.busulfan]\ndose = 1.0\n",
    "eligibility": "[eligibility]\ntreated_years_minimum = 2.0\n",
    "size": "patients = 48\n",
    "endpoint": "[endpoints]\nprimary_years = 2.0\n",
    "visits": "[visits]\nmonths_later = 12\n",
    "accrual": "[accrual]\nmonths = 90\n",
    "left out": 'without = ["amendment"]\n',
    "people": 'population = "relapsing-ms"\n',
    "definitions": '[endpoints]\ndefinitions = "consensus"\n',
    "follow-up": "follow_up_years = 12.0\n",
}


def like(folder: Path, change: str, name: str = "mine", parent: str = "atkins-2016") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'like = "{parent}"\n{change}', encoding="utf-8")
    return path


@pytest.mark.parametrize("change", CHANGES)
def test_a_protocol_that_departs_from_the_study_has_neither_its_results_nor_title_nor_registration(
    tmp_path: Path, change: str
) -> None:
    protocol = load_protocol(like(tmp_path, CHANGES[change]))
    standing = standing_of(protocol)
    assert standing is not None
    assert not standing.belongs
    assert standing.study == "atkins-2016"
    assert standing.differs[0].key in standing.sentence
    assert protocol.registration is None
    assert protocol.name == "mine"
    assert protocol.title.startswith("Like atkins-2016, with ")
    with pytest.raises(InputError, match="nothing to predict"):
        find_target(str(tmp_path / "mine.toml"))


def test_the_same_under_another_name_keeps_what_is_published(tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text((POPULATIONS / "aggressive-relapsing-ms.toml").read_text(encoding="utf-8"), encoding="utf-8")
    protocol = load_protocol(like(tmp_path, 'name = "again"\ntitle = "Again"\npopulation = "people.toml"\n'))
    standing = standing_of(protocol)
    assert standing is not None
    assert standing.belongs
    assert (protocol.title, protocol.registration) == ("Again", "NCT01099930")


def test_a_copied_file_with_another_dose_no_longer_goes_by_the_name_of_the_trial(tmp_path: Path) -> None:
    path = tmp_path / "atkins-2016.toml"
    path.write_text(ATKINS.replace("dose = 0.8", "dose = 1.0"), encoding="utf-8")
    protocol = load_protocol(path)
    assert protocol.name == "atkins-2016-changed"
    assert protocol.title == "Like atkins-2016, with conditioning.drug.busulfan.dose 0.8 -> 1"
    assert protocol.registration is None
    path.write_text(ATKINS, encoding="utf-8")
    unchanged = load_protocol(path)
    assert (unchanged.title, unchanged.registration) == (TITLE, "NCT01099930")
    assert unchanged == load_protocol("atkins-2016")


def test_a_chain_of_own_files_inherits_neither_title_nor_results_of_any_of_them(tmp_path: Path) -> None:
    own = (
        ATKINS.replace(TITLE, "My trial")
        .replace('name = "atkins-2016"', 'name = "mine"')
        .replace("dose = 0.8", "dose = 0.7")
    )
    own = own.replace('registration = "NCT01099930"', "").replace('evidence = "atkins-2016"', 'evidence = "paper.yaml"')
    (tmp_path / "first.toml").write_text(own, encoding="utf-8")
    (tmp_path / "paper.yaml").write_text(
        (EVIDENCE / "atkins-2016.yaml").read_text(encoding="utf-8").replace("id: atkins-2016", "id: paper"), "utf-8"
    )
    first = load_protocol(tmp_path / "first.toml")
    assert standing_of(first).belongs
    second = load_protocol(like(tmp_path, "patients = 30\n", "second", "first.toml"))
    third = load_protocol(like(tmp_path, "[visits]\nmonths_later = 12\n", "third", "second.toml"))
    assert second.title == "Like mine, with patients 24 -> 30"
    assert third.title.startswith("Like mine, with ")
    assert not standing_of(second).belongs
    assert not standing_of(third).belongs


def test_results_copied_into_a_folder_do_not_belong_to_another_trial_there(tmp_path: Path) -> None:
    (tmp_path / "protocol.toml").write_text(ATKINS.replace("dose = 0.8", "dose = 1.0"), encoding="utf-8")
    people = (POPULATIONS / "aggressive-relapsing-ms.toml").read_text(encoding="utf-8")
    (tmp_path / "population.toml").write_text(people, encoding="utf-8")
    (tmp_path / "published.yaml").write_text(
        (EVIDENCE / "atkins-2016.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"busulfan\.dose 0\.8 -> 1"):
        find_target(str(tmp_path))


def test_of_the_packaged_protocols_only_one_departs_from_the_study_it_names() -> None:
    found = {name: standing_of(load_protocol(name)) for name in list_protocols()}
    assert {name for name, one in found.items() if one is not None and not one.belongs} == {"halt-ms-atg-5"}


@pytest.fixture(scope="module")
def departing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reenactment, TrialPlan]:
    path = like(tmp_path_factory.mktemp("like"), 'patients = 6\nwithout = ["amendment"]\n[stopping]\nboundary = 2\n')
    protocol = load_protocol(path)
    plan = TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=4,
        years=13.0,
    )
    return reenact(plan, 6, 1, 1), plan


def test_report_and_document_of_a_departing_protocol_say_what_differs_and_show_nothing_published(
    departing: tuple[Reenactment, TrialPlan],
) -> None:
    done, plan = departing
    assert done.published == ()
    results = results_of(done, plan)
    document = results_document(results, "c")
    assert document["published_for"]["belongs"] is False
    assert {one["key"] for one in document["published_for"]["differs"]} >= {"patients", "stopping.boundary"}
    assert document["cautions"][0] == done.standing.sentence
    html = render(simulated_page(simulated_contents(results, "c")))
    assert "patients 24 -&gt; 6" in html
    assert "The article says" not in html
    assert "NCT01099930" not in html
    assert simulated_page(simulated_contents(results, "c")).title == plan.protocol.title != TITLE


def test_cautions_say_what_could_not_be_given_as_asked(departing: tuple[Reenactment, TrialPlan]) -> None:
    done, plan = departing
    said = " ".join(cautions(done, plan))
    assert "the data end on 2014-01-31 (accrual.data_cutoff), 12.7 years after the first enrolment" in said
    short = " ".join(cautions(done, replace(plan, years=0.5)))
    assert "0.5 years of follow-up were asked for, and the protocol has 13" in short
    assert "The primary endpoint is read at 3 years, which were not simulated" in short


def test_years_beyond_the_cut_off_are_refused_before_anything_is_simulated() -> None:
    protocol = load_protocol("atkins-2016")
    with pytest.raises(InputError, match=r"years 60.*2014-01-31.*at most 13"):
        planned(protocol, seed=1, years=60.0)
    assert planned(protocol, seed=1, years=13.0).years == 13.0
    assert CliRunner().invoke(app, ["run", "atkins-2016", "--years", "60"]).exit_code != 0


def frames(replicates: int) -> pl.DataFrame:
    matches, _ = match_rows((load_trial("atkins-2016"),))
    keys = list(dict.fromkeys(match.statistic.key for match in matches))
    numbers = [float(60 + i % 40) for i in range(replicates)]
    parts = [
        pl.DataFrame({"trial_number": range(replicates), "key": key, "value": numbers, "n": 24.0, "events": numbers})
        for key in keys
    ]
    return pl.concat(parts)


@pytest.mark.parametrize("replicates", [1, 2, LEAST_REPLICATES - 1, LEAST_REPLICATES, 200])
def test_there_is_an_interval_and_a_verdict_only_where_the_replicates_can_hold_it(replicates: int) -> None:
    rows = [
        row for row in published_beside((load_trial("atkins-2016"),), frames(replicates)) if row.predicted is not None
    ]
    assert len(rows) > 10
    few = replicates < LEAST_REPLICATES
    for row in rows:
        assert row.replicates == replicates
        assert (row.predicted_low is None) == (row.predicted_high is None) == few
        assert row.inside is None or not few
        assert (row.monte_carlo_error is None) == (replicates == 1)
    assert few or any(row.inside is not None for row in rows)


@pytest.mark.parametrize("count", [39, 40, 79, 200, 4000])
def test_the_interval_holds_one_further_trial_in_95_percent(count: int) -> None:
    values = np.arange(count, dtype=np.float64)
    interval = predictive_interval(values[::-1])  # in whatever order
    assert interval is not None
    held = (interval[1] - interval[0]) / (count + 1)
    assert 0.95 - 1e-12 <= held < 0.95 + 2.0 / (count + 1)


def test_rows_about_another_time_are_not_compared_and_those_before_treatment_are() -> None:
    followed = Followed(years=0.5, planned_years=13.0)
    rows = published_beside((load_trial("atkins-2016"),), frames(200), None, followed)
    apart = {
        row.label: row.not_scored_reason for row in rows if (row.not_scored_reason or "").startswith("not comparable")
    }
    assert apart["MS activity-free survival at 3 years"] == (
        "not comparable: simulated follow-up 0.5 years, published at 3 years"
    )
    assert apart["EDSS stable or improved"] == (
        "not comparable: simulated follow-up 0.5 years, published over all follow-up (up to 13 years)"
    )
    assert all(row.predicted is None and row.inside is None for row in rows if row.label in apart)
    assert {"Age at enrolment, median", "Relapse rate before transplantation", "Febrile neutropenia"}.isdisjoint(apart)
    whole = published_beside((load_trial("atkins-2016"),), frames(200), None, Followed(years=13.0, planned_years=13.0))
    assert not [row for row in whole if (row.not_scored_reason or "").startswith("not comparable")]
