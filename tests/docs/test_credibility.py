"""The results on the page of credibility are those of the table of validation, and a script writes them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "credibility.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("credibility_page", ROOT / "scripts" / "pages" / "credibility.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(**said: object) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "study": "a-study",
        "label": "Free",
        "endpoint": "free",
        "arm": None,
        "subgroup": None,
        "role": "score",
        "counts": True,
        "fitted_without": None,
        "inside": True,
        "inside_50": True,
        "published": 80.0,
        "predicted": 90.0,
        "predicted_low": 70.0,
        "predicted_high": 99.0,
        "width_ratio": 1.5,
        "interval_score": 29.0,
        "baseline_score": None,
        "kind": "activity_share",
        "pit": 0.4,
        "time_years": 3.0,
    }
    return usual | said


def test_the_page_shows_the_results_of_the_posterior_of_the_table() -> None:
    table = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    of_table, of_page = (re.search(r"posterior `([0-9a-f]{16})`", text) for text in (table, PAGE))
    assert of_table is not None
    assert of_page is not None
    assert of_page[1] == of_table[1]
    unseen = re.search(r"cohort left out\): (\d+ of \d+) inside", table)
    assert unseen is not None
    assert f"had not seen inside their 95% interval | {unseen[1]} (" in PAGE


def test_numbers_of_the_posterior_stand_between_the_marks_alone(script: ModuleType) -> None:
    before, after = script.parts_of(PAGE)
    assert re.findall(r"\b[0-9a-f]{16}\b|\d of \d", before + after) == []


def test_values_are_counted_by_what_the_fit_had_seen(script: ModuleType) -> None:
    rows = [
        row(baseline_score=58.0),
        row(inside=False, inside_50=False, pit=1.0, study="b", published=99.5, width_ratio=2.5),
        row(role="fit", fitted_without="a", study="c", pit=0.1),
        row(role="fit", study="c", inside=False),
        row(role="context", counts=False, inside=False),
    ]
    said = "\n".join(script.block_of({"command": "regraft validate", "posterior": "abc", "rows": rows}))
    for line in (
        "| values the fit had not seen inside their 95% interval | 2 of 3 (67%) |",
        "| of them, trials never fitted (at least 85%) | 1 of 2 (50%) |",
        "| of them, fitted cohorts, each left out of the fit | 1 of 1 (100%) |",
        "| fitted values inside (at least 90%) | 0 of 1 (0%) |",
        "| width over binomial, scored shares (mean at most 1.6, none above 2.2) | mean 2.0, 1.5 to 2.5 |",
        "0.50 (29 against 58, 1 values)",
        "| bias, free of activity, or with it (0.5, within a standard error) | 0.50 (standard error 0.26, 3 cohorts) |",
        "Outside, published (predicted): b, Free 99.5 (70 to 99).",
    ):
        assert line in said


def test_a_curve_of_the_first_years_is_shown_where_a_cohort_prints_it(script: ModuleType) -> None:
    curve = [row(role="fit", fitted_without="a", time_years=year, published=90 - 5 * year) for year in (1.0, 2.0, 3.0)]
    document = {"command": "regraft validate", "posterior": "abc", "rows": curve}
    assert "predicted 90, 90, 90%, published 85, 80, 75%." in "\n".join(script.block_of(document))
    document["rows"] = curve[:2]
    assert "1, 2 and 3 years" not in "\n".join(script.block_of(document))


def test_a_page_without_the_marks_is_refused(script: ModuleType) -> None:
    with pytest.raises(SystemExit, match="marks"):
        script.parts_of("# A page\n")
