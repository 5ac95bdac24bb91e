"""The command line as a user meets it: exit codes, one JSON document, nothing half-written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from regraft.core.library import LIBRARY
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = LIBRARY / "examples" / "registry-sample"


def regraft(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regraft", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=300)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("run") / "trial"
    return out, regraft("run", "atkins-2016", "--replicates", "2", "--out", str(out), "--json")


def test_a_run_writes_report_results_and_tables(run_folder: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = run_folder
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} == {"report.html", "results.json", "study", "regraft-manifest.toml"}
    assert (out / "study" / "subjects.parquet").is_file()
    assert "SIMULATED" in (out / "report.html").read_text(encoding="utf-8")


def test_json_is_one_document_and_the_file_says_the_same(
    run_folder: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = run_folder
    document = json.loads(done.stdout)
    assert document == json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["flow"]["enrolled"] == 24
    assert document["flow"]["screened"] > 24
    assert {"published", "summary", "origins", "digests", "seed"} <= set(document)
    counted = document["origins"]["model parameters"]
    assert sum(count for kind, count in counted.items() if kind != "kind") == len(load_parameters().parameters)


def test_a_run_says_what_its_intervals_hold(run_folder: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, done = run_folder
    document, page = json.loads(done.stdout), (out / "report.html").read_text(encoding="utf-8")
    assert document["intervals_hold"] in page
    posterior = load_posterior()
    assert document["posterior"] == (None if posterior is None else posterior.digest)
    if posterior is not None:
        assert f"(2 posterior draws, digest {posterior.digest})" in document["intervals_hold"]


def test_the_same_seed_gives_the_same_document_on_other_threads(
    run_folder: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    again = regraft("run", "atkins-2016", "--replicates", "2", "--out", str(tmp_path / "x"), "--json", "--threads", "1")
    assert json.loads(again.stdout) == json.loads(run_folder[1].stdout)


def test_a_simulated_study_goes_through_the_door_of_recorded_data(
    run_folder: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    out, done = run_folder
    assert regraft("check", str(out / "study")).returncode == 0
    analysed = regraft(
        "analyse", str(out / "study"), "--definition", "atkins-2016", "--out", str(tmp_path / "a"), "--json"
    )
    assert analysed.returncode == 0, analysed.stderr
    assert json.loads(analysed.stdout)["summary"] == json.loads(done.stdout)["summary"]


def test_the_registry_sample_is_analysed_and_says_what_it_lacks(tmp_path: Path) -> None:
    done = regraft("analyse", str(SAMPLE), "--out", str(tmp_path / "a"))
    assert done.returncode == 0, done.stderr
    assert "40 subjects" in done.stdout
    assert "Not derivable (the study has no table mri_scans)" in done.stdout
    assert (tmp_path / "a" / "report.html").is_file()


BAD = {
    "unknown protocol": (("run", "atkins-2017"), "Did you mean atkins-2016?"),
    "no such file": (("run", "mine.toml"), "mine.toml"),
    "negative patients": (("run", "atkins-2016", "--patients", "-3"), "--patients"),
    "no replicates": (("run", "atkins-2016", "--replicates", "0"), "--replicates"),
    "text for a seed": (("run", "atkins-2016", "--seed", "today"), "--seed"),
    "unknown option": (("run", "atkins-2016", "--patient", "3"), "--patient"),
    "too many years": (("run", "atkins-2016", "--years", "100"), "--years"),
    "no folder": (("analyse", "nowhere"), "nowhere"),
    "unknown definition": (("analyse", str(SAMPLE), "--definition", "atkins"), "atkins"),
    "unknown evidence": (("evidence", "show", "atkins"), "Did you mean atkins-2016?"),
    "unknown command": (("runn",), "runn"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_bad_input_gives_one_message_exit_2_and_no_output(name: str, tmp_path: Path) -> None:
    arguments, said = BAD[name]
    done = regraft(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("precious")
    done = regraft("run", "atkins-2016", "--replicates", "1", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "did not write" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_eligibility_nobody_meets_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    text = (ROOT / "src" / "regraft" / "library" / "protocols" / "atkins-2016.toml").read_text(encoding="utf-8")
    strict = text.replace("relapses_in_last_year = 1", "relapses_in_last_year = 50").replace(
        "gd_lesions = 1", "gd_lesions = 200"
    )
    (tmp_path / "strict.toml").write_text(strict, encoding="utf-8")
    done = regraft("run", str(tmp_path / "strict.toml"), "--replicates", "1", "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "too strict" in done.stderr
    assert not (tmp_path / "out").exists()
