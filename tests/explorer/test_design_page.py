"""Design: candidates side by side, harm beside the chance to show an effect, and the command that gives the same."""

from dataclasses import asdict
from html import unescape

import pytest

from regraft.api.requests import DesignRequest
from regraft.explorer.answers.design import design
from regraft.explorer.pages import PAGES
from regraft.explorer.shelf import designs, resized


@pytest.fixture(scope="module")
def request_of_few():
    """Ask for few people under typical values of the model, of whom a pool is made in a moment."""
    text = designs()["single-arm"].text.replace('parameters = "posterior"\n', "")
    return DesignRequest(design="single-arm", trials=200, people=256, text=resized(text, 30))


@pytest.fixture
def pools(tmp_path, monkeypatch):
    from regraft.simulated_design import pool

    monkeypatch.setattr(pool, "pools_folder", lambda: tmp_path)
    monkeypatch.setattr(pool, "LEAST_CLUSTERS", 2)  # fewer people than say how far pools differ, for a test's time


def test_a_design_of_another_size_is_a_file_of_its_own():
    filled = PAGES["design"].fill({"design": "lower-risk-regimen", "size": "100"})
    request = PAGES["design"].request(filled)
    assert request.file == "lower-risk-regimen-changed.toml"
    assert request.text.count("patients = 100") == 2
    assert "patients = 60" in request.text  # of the safety rule, which is no candidate
    assert request.command() == "regraft design run lower-risk-regimen-changed.toml --trials 1000 --people 5120"
    same = PAGES["design"].request(PAGES["design"].fill({"design": "lower-risk-regimen", "size": "120"}))
    assert not same.files()


def test_every_design_on_the_shelf_can_be_asked_for():
    for name in designs():
        filled = PAGES["design"].fill({"design": name})
        assert not filled.problems
        assert PAGES["design"].request(filled).design == name


def test_harm_stands_beside_the_chance_to_show_an_effect(pages, pools, request_of_few):
    answer = design(asdict(request_of_few), lambda _: None)
    shown = answer.shown
    assert [len(row) for row in shown["rows"]] == [len(shown["header"])] * len(shown["rows"])
    assert {"treatment deaths", "grade 4-5 harm"} < set(shown["header"])
    assert [name for name in answer.files if name.endswith(".rtf")]
    filled = PAGES["design"].fill({"design": "single-arm"})
    pages.explorer.kept.put(pages.explorer._key("design", PAGES["design"].request(filled)), answer)
    text = unescape(pages.ask("design?design=single-arm").text)
    assert "SIMULATED: no person here exists." in text
    assert "What the intervals hold" in text
    assert "none is ranked" in text
