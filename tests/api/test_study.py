"""Studies in Python: what is read, checked, derived and converted is what the commands give."""

from pathlib import Path

import polars as pl
import pytest

import regraft as rg

STUDY = Path(__file__).resolve().parents[1] / "data" / "intact-study"


@pytest.fixture(scope="module")
def study() -> rg.Study:
    return rg.read_study(STUDY)


@pytest.fixture(scope="module")
def ends(study: rg.Study) -> rg.Endpoints:
    return rg.derive(study, "consensus")


def test_tables_of_a_study_are_attributes(study):
    assert study.visits.equals(study.table("visits"))
    with pytest.raises(AttributeError, match=r"no visit\. Did you mean visits"):
        _ = study.visit
    assert "subjects" in study._repr_html_()


def test_an_endpoint_is_a_frame_and_a_wrong_name_offers_the_nearest(ends):
    assert ends.endpoint("relapse")["endpoint"].unique().to_list() == ["relapse"]
    assert {"subject_id", "status", "time_days", "detail"} <= set(ends.endpoint("relapse").columns)
    with pytest.raises(rg.InputError, match="Did you mean relapse"):
        ends.endpoint("relapses")
    with pytest.raises(rg.InputError, match="Did you mean follow_up_years"):
        ends.measure("follow_up_year")
    assert (
        ends.to_frame().filter(pl.col("endpoint") == "relapse")["event"][0]
        == (ends.endpoint("relapse")["status"] == "event").sum()
    )


def test_names_of_definitions_offer_the_nearest(study):
    with pytest.raises(rg.InputError, match="Did you mean consensus"):
        rg.derive(study, "concensus")
    with pytest.raises(rg.InputError, match="Did you mean pira-mueller-2023"):
        rg.progression(study, "pira-muller-2023")


def test_findings_tell_errors_from_warnings(study):
    found = rg.check(study)
    assert found.intact
    assert len(found.errors) + len(found.warnings) == len(found) == found.to_frame().height
    broken = rg.Study({**study.tables, "visits": study.visits.with_columns(edss=pl.lit(11.0))}, study.about)
    refused = rg.check(broken)
    assert refused.errors
    assert f"{len(refused.errors)} errors" in refused._repr_html_()


@pytest.mark.parametrize("form", ["csv", "parquet", "xpt"])
def test_a_study_comes_back_from_another_format_as_it_was(study, form, tmp_path):
    written = rg.convert(study, form, tmp_path / "out")
    assert all(path.is_file() for path in written)
    back = rg.read_study(tmp_path / "out")
    assert back.subjects.sort("subject_id")["subject_id"].equals(study.subjects.sort("subject_id")["subject_id"])
    assert back.visits.height == study.visits.height


def test_a_format_that_does_not_exist_offers_the_nearest(study, tmp_path):
    with pytest.raises(rg.InputError, match="Did you mean parquet"):
        rg.convert(study, "parquets", tmp_path)


def test_curves_by_group_hold_everybody_who_can_be_judged(ends):
    curves = rg.stats.kaplan_meier(ends, "relapse", by="sex")
    known = ends.endpoint("relapse").filter(pl.col("status") != "unknown")
    assert sum(int(curve.at_risk[0]) for curve in curves.values()) == known.height
    assert set(curves.to_frame()["group"]) == set(curves)
    assert sum(curves.unknown.values()) + known.height == ends.endpoint("relapse").height
    with pytest.raises(rg.InputError, match="Did you mean sex"):
        rg.stats.kaplan_meier(ends, "relapse", by="sexx")


def test_an_analysis_writes_the_folder_of_the_command(study, tmp_path):
    done = rg.analyse(study, "consensus", years=2.0)
    assert done.report(tmp_path / "out") == tmp_path / "out"
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "results.json").is_file()
    assert done.document()["years"] == 2.0
    assert done.call == "rg.analyse(study, 'consensus', years=2.0)"


def test_figures_are_drawn_and_shown_without_settings(ends, study):
    figure = rg.plot.survival(ends, "relapse", by="sex")
    assert figure._repr_html_().startswith('<img src="data:image/png;base64,')
    rg.plot.edss(study)
    nothing = next(name for name, _ in ends.not_derivable if name in set(ends.names["name"]))
    with pytest.raises(rg.InputError, match="0 curves to draw"):
        rg.plot.survival(ends, nothing)


def test_published_studies_can_be_read():
    one = rg.evidence("atkins-2016")
    assert one.outcomes.height == len(one.trial.outcomes)
    assert set(rg.evidence()["role"]) > {"fit", "score"}
    with pytest.raises(rg.InputError, match="Did you mean atkins-2016"):
        rg.evidence("atkins-2061")
