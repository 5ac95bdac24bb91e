"""Memory that is not there, settings of other programs, folders that are no study: said before anything is computed."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib import rc_context, rcParams
from plans import plan_of
from typer.testing import CliRunner

from regraft.cli import memory
from regraft.cli.commands import app
from regraft.core.errors import InputError, StudyProblem
from regraft.core.library import LIBRARY
from regraft.figures.embed import to_svg
from regraft.figures.flow import FlowStage, draw_flow
from regraft.figures.pathway import Panel, PathwayTraces, Trace, draw_pathway
from regraft.replication.size import bytes_per_patient, bytes_to_describe, patients_that_fit
from regraft.report.page import Column, FigureBlock, Page, Section, render, table_block
from regraft.study.store import read_checked
from regraft.trial.run import TrialPlan

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = LIBRARY / "examples" / "registry-sample"
RUN = CliRunner()


@pytest.fixture(scope="module")
def plan() -> TrialPlan:
    return plan_of("atkins-2016", seed=1)


def test_what_does_not_fit_into_memory_is_refused_before_the_first_patient_is_simulated(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(memory, "_free", lambda: 1_200_000_000)
    with pytest.raises(InputError, match=r"2,400 patients .* would be needed.*7\d\d would fit"):
        RUN.invoke(app, ["run", "atkins-2016", "--patients", "2400"], catch_exceptions=False)
    with pytest.raises(
        InputError, match=r"1,000,000 patients in parts.*0\.3 GB can be had\. Give --memory \d(\.\d)?GB"
    ):
        RUN.invoke(app, ["run", "atkins-2016", "--patients", "1000000", "--memory", "300MB"], catch_exceptions=False)
    with pytest.raises(InputError, match="--memory 'much': write a number and MB or GB"):
        RUN.invoke(app, ["run", "atkins-2016", "--memory", "much"], catch_exceptions=False)
    assert list(tmp_path.rglob("*")) == []


def test_memory_grows_with_patients_years_and_the_size_of_a_trial(plan) -> None:
    assert 0.4e6 < bytes_per_patient(plan) < 0.8e6  # 0.55 MB were measured, with everything that is made of a course
    assert bytes_to_describe(plan, 10_000) - bytes_to_describe(plan, 0) == 10_000 * bytes_per_patient(plan)
    fit = patients_that_fit(plan, 8_000_000_000)
    assert bytes_to_describe(plan, fit) <= 8_000_000_000 < bytes_to_describe(plan, fit + 1)


def test_a_container_and_a_limit_count_as_the_machine_does(monkeypatch, tmp_path) -> None:
    (tmp_path / "max").write_text("3000000000\n")
    (tmp_path / "now").write_text("1000000000\n")
    monkeypatch.setattr(memory, "_CGROUPS", ((str(tmp_path / "max"), str(tmp_path / "now")),))
    monkeypatch.setattr(memory, "_free", lambda: 5_000_000_000)
    monkeypatch.setattr(memory, "_addressable", lambda: None)
    assert memory.available_bytes() == 2_000_000_000
    (tmp_path / "max").write_text("max\n")
    assert memory.available_bytes() == 5_000_000_000


def test_figures_do_not_depend_on_a_users_settings() -> None:
    def drawn() -> bytes:
        return to_svg(
            draw_flow((FlowStage(label="Enrolled", count=24), FlowStage(label="Analysed", count=23)), simulated=True)
        )

    plain = drawn()
    others = {
        "font.size": 30.0,
        "savefig.bbox": "tight",
        "svg.fonttype": "none",
        "axes.grid": True,
        "text.usetex": True,
    }
    with rc_context(others):
        assert drawn() == plain
        assert rcParams["font.size"] == 30.0


def test_a_dollar_sign_in_a_name_is_a_dollar_sign() -> None:
    to_svg(draw_flow((FlowStage(label=r"Arm $\frac$ of US$", count=24),), simulated=True))


def test_a_trace_of_one_day_is_drawn_without_a_warning() -> None:
    trace = Trace(name="Neutrophils", unit="1e9/L", days=np.zeros(1), values=np.ones((2, 1)))
    panel = Panel(title="Blood", traces=(trace,), floor=0.1, ceiling=10.0)
    to_svg(draw_pathway(PathwayTraces(panels=(panel,), subjects=("a", "b")), simulated=True))


def test_broken_settings_of_matplotlib_do_not_end_a_command(tmp_path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe\x00text.usetex: True\n")
    done = subprocess.run(
        [sys.executable, "-m", "regraft", "evidence", "pool", "treatment_related_mortality", "--out", "p.svg"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
        env={"MPLBACKEND": "none such", **_here()},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "Forest plot: p.svg\n"


def test_settings_that_libraries_die_of_do_not_end_a_command(tmp_path) -> None:
    settings = {"SOURCE_DATE_EPOCH": "yesterday", "POLARS_MAX_THREADS": "0"}
    study = Path(__file__).parents[1] / "data" / "intact-study"
    for words in (
        ("evidence", "pool", "treatment_related_mortality", "--out", "p.pdf"),
        ("endpoints", str(study), "--definition", "consensus-cdw-24w", "--out", "rows.csv"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "regraft", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=120,
            env={**_here(), **settings},
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_too_few_open_files_are_said_in_one_line_at_the_end(tmp_path) -> None:
    study = Path(__file__).parents[1] / "data" / "intact-study"
    words = f"analyse {study} --out results"
    done = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -n 6; exec "{sys.executable}" -m regraft {words}'],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith("regraft: ")
    assert "Traceback" not in done.stderr


def _here() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}


def test_foreign_files_and_the_folder_of_a_run_are_told_the_next_command(tmp_path) -> None:
    foreign = tmp_path / "my data"
    foreign.mkdir()
    (foreign / "visits.csv").write_text("patid,visit_dt,edss_score\n1,2019-02-01,3.5\n")
    (foreign / "subjects.csv").write_text("patid,gender\n1,F\n")
    with pytest.raises(StudyProblem) as caught:
        read_checked(foreign)
    assert shlex.join(["regraft", "map", str(foreign), "--write", "mapping.toml"]) in str(caught.value)
    run = tmp_path / "run"
    (run / "study").mkdir(parents=True)
    (run / "study" / "subjects.csv").write_text("subject_id\n1\n")
    with pytest.raises(StudyProblem, match=r"tables stand in .*run/study"):
        read_checked(run)
    assert "run/study" in RUN.invoke(app, ["check", str(run)]).output


def test_analyse_says_numbers_before_gaps(tmp_path) -> None:
    said = RUN.invoke(app, ["analyse", str(SAMPLE), "--out", str(tmp_path / "a")], catch_exceptions=False).output
    numbers, gap, _ = said.partition("Not derivable (the study has no table")
    assert gap
    assert "exact 95%" in numbers
    assert "% free (95% interval)" in numbers


def test_simulated_tables_without_their_description_are_marked_on_the_screen(tmp_path) -> None:
    study = tmp_path / "bare"
    study.mkdir()
    ids = ["SIM-000001", "SIM-000002"]
    pl.DataFrame({"subject_id": ids, "trial_number": [0, 0]}).write_csv(study / "subjects.csv")
    pl.DataFrame({"subject_id": ids, "date": ["2019-02-01"] * 2, "edss": [3.5, 4.0]}).write_csv(study / "visits.csv")
    said = RUN.invoke(app, ["analyse", str(study), "--out", str(tmp_path / "a")], catch_exceptions=False).output
    assert said.startswith("SIMULATED: bare"), said


def test_whatever_scrolls_in_a_report_is_reached_by_keyboard() -> None:
    columns = [Column(name) for name in ("a", "b", "c", "d")]
    table = table_block("A table", columns, [["1", "2", "3", "4"]])
    picture = FigureBlock(source="data:,", alt="A picture", caption="A picture", call="draw()")
    page = Page(
        title="T",
        subtitle="S",
        simulated=True,
        key_findings="K",
        facts=(),
        sections=(Section(anchor="s", title="S", blocks=(table, picture)),),
    )
    html = render(page)
    frames = html.split('<div class="frame"')[1:]
    assert len(frames) == 2
    assert all(frame.startswith(' tabindex="0" role="region" aria-label="') for frame in frames)
    rules = [line for line in html.splitlines() if "overflow-x" in line or "overflow: auto" in line]
    assert [rule.partition(" {")[0] for rule in rules] == [".frame"]


def test_the_way_to_add_a_drug_names_every_file_that_a_drug_stands_in() -> None:
    source = ROOT / "src" / "regraft"
    files = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "melphalan" in path.read_text(encoding="utf-8").lower() and path.name != "errors.py"
    ]
    row = next(
        line
        for line in (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| add a drug")
    )
    assert [file for file in files if file not in row] == []
