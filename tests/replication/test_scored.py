"""The frozen list of rows that judge predictions, and that nothing which fits can reach them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from regraft.core.errors import FileProblem
from regraft.core.parameters import FOLDER, load_parameters
from regraft.evidence.registry import load_library, load_trial
from regraft.evidence.schema import Role
from regraft.replication import scoring
from regraft.replication.scoring import digest_of, frozen_rows, judged, why_not_scored

SOURCE = Path(__file__).resolve().parents[2] / "src" / "regraft"
DIGEST = "83dbd89d7c5f39825d960ca224af5f6ba993682c94a63109049fee062bd6d96d"


def test_the_list_is_the_one_that_was_frozen() -> None:
    assert digest_of(frozen_rows()) == DIGEST


def test_the_list_is_what_the_rule_says_of_the_library() -> None:
    assert judged(load_library()) == tuple(dict(row) for row in frozen_rows())


def test_only_the_five_trials_that_judge_are_in_it() -> None:
    studies = {row["study"] for row in frozen_rows()}
    assert studies == {"halt-ms", "hamerschlak-2010", "krasulova-2010", "mist-2019", "shevchenko-2015"}
    assert {row["arm"] for row in frozen_rows() if row["study"] == "mist-2019" and "why" not in row} == {"dmt"}


def test_a_row_not_scored_has_its_reason() -> None:
    scored = [row for row in frozen_rows() if "why" not in row]
    assert len(scored) == 8
    assert all(row["why"] for row in frozen_rows() if "why" in row)


def test_a_changed_list_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "scored.toml"
    changed.write_text(
        scoring.FILE.read_text(encoding="utf-8").replace("value = 69.2", "value = 75.0"), encoding="utf-8"
    )
    monkeypatch.setattr(scoring, "FILE", changed)
    frozen_rows.cache_clear()
    with pytest.raises(FileProblem, match="frozen"):
        frozen_rows()
    monkeypatch.undo()
    frozen_rows.cache_clear()


def test_a_trial_of_ones_own_is_judged_by_the_same_rule() -> None:
    trial = load_trial("halt-ms").model_copy(update={"id": "my-trial"})
    reasons = {row.endpoint: why_not_scored(trial, "outcomes", row) for row in reversed(trial.outcomes)}
    assert reasons["mri_activity_free_survival"] is None
    assert "definition" in (reasons["edss_change"] or "")


def test_no_parameter_of_any_origin_cites_a_study_that_judges() -> None:
    judges = {trial.id for trial in load_library() if trial.use.role is Role.SCORE}
    words = re.compile("|".join(name.rpartition("-")[0] for name in judges))
    text = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.toml")}
    keys = [key for path in (FOLDER / "references").glob("*.toml") for key in tomllib.loads(text[path])]
    assert [key for key in keys if words.search(key)] == []
    assert [p.name for p in load_parameters().parameters if words.search(p.source or "")] == []


def test_nothing_below_the_comparison_can_read_a_published_result() -> None:
    """Model, parameters, trials and analysis of one's own data never import the library of results."""
    below = (
        "core",
        "clinical",
        "patient",
        "physiology",
        "disease",
        "therapy",
        "treatment",
        "enrolment",
        "course",
        "study",
        "endpoints",
        "trial",
    )
    reaching = [
        path.relative_to(SOURCE).as_posix()
        for package in below
        for path in (SOURCE / package).rglob("*.py")
        if re.search(r"regraft\.(evidence|replication|verification|prediction)\b", path.read_text(encoding="utf-8"))
    ]
    assert reaching == []


def test_calibration_opens_a_study_only_where_it_asks_for_its_role() -> None:
    """No module of calibration reads the frozen list or the whole library; who opens a study refuses other roles.

    Who needs a role or a cohort group alone asks `use_of`, which hands out no result.
    """
    text = {path.name: path.read_text(encoding="utf-8") for path in (SOURCE / "calibration").rglob("*.py")}
    assert text
    forbidden = re.compile(r"\b(load_library|frozen_rows|judged|published_beside)\(")
    assert [name for name, code in text.items() if forbidden.search(code)] == []
    opening = [name for name, code in text.items() if re.search(r"\bload_trial\(", code)]
    assert "targets.py" in opening
    assert [name for name in opening if "is not Role.FIT" not in text[name]] == []


def test_a_run_of_the_simulator_opens_no_file_of_a_judging_study() -> None:
    program = """
import builtins, io, sys
opened = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.append(arguments[0])
sys.addaudithook(watch)
from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.trial.protocol import load_protocol
load_parameters()
load_population("aggressive-relapsing-ms")
load_protocol("atkins-2016")
import regraft.trial.run
judges = ("halt-ms", "krasulova-2010", "hamerschlak-2010", "shevchenko-2015", "mist-2019", "scored.toml")
print([name for name in opened if any(f"{judge}.yaml" in name or name.endswith(judge) for judge in judges)])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1] == "[]"
