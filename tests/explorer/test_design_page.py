"""Design: candidates side by side, harm beside the chance to show an effect, and the command that gives the same."""

from dataclasses import asdict
from html import unescape

import pytest
from small_pools import SMALL_DESIGN

from regraft.api.requests import DesignRequest
from regraft.explorer import own_design
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


def _led_to(answered):
    assert answered.status == 303, answered.text
    return answered.headers["location"].removeprefix("../")


def test_a_file_that_is_edited_or_dropped_is_a_page_with_an_address_that_holds_all_of_it(pages):
    address = _led_to(pages.post("design/file", text=SMALL_DESIGN.replace("\n", "\r\n")))
    text = unescape(pages.ask(address).text)
    assert "Design file: <b>small</b>" in text
    assert "regraft design run small.toml --trials 400 --people 320" in text
    assert SMALL_DESIGN.strip() in text
    mark = b"----mark"
    parts = [b'name="form"\r\n\r\n' + pages.explorer.door.form_token().encode()]
    parts += [b'name="files"; filename="mine.toml"\r\n\r\n' + SMALL_DESIGN.encode()]
    body = b"".join(b"--%b\r\nContent-Disposition: form-data; %b\r\n" % (mark, part) for part in parts)
    kind = {"content-type": f"multipart/form-data; boundary={mark.decode()}"}
    assert _led_to(pages.ask("design/file", "POST", headers=kind, body=body + b"--" + mark + b"--\r\n")) == address
    request = PAGES["design"].request(PAGES["design"].fill({"file": own_design.packed(SMALL_DESIGN), "size": "40"}))
    assert request.text == SMALL_DESIGN.replace("patients = 8\n[run]", "patients = 40\n[run]")


def test_a_design_of_regraft_that_is_edited_is_a_file_and_unedited_is_itself():
    same, other = designs()["single-arm"].text, designs()["single-arm"].text.replace("free_pct = 50", "free_pct = 60")
    asked = [PAGES["design"].request(PAGES["design"].fill({"file": own_design.packed(t)})) for t in (same, other)]
    assert [one.file for one in asked] == ["single-arm", "single-arm-changed.toml"]
    assert asked[0].people == 25600


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "no design"),
        ("name = 'a'\n", "it has no protocol"),
        (SMALL_DESIGN.replace("atkins-2016", "../secret.toml"), "names a file"),
        (SMALL_DESIGN + "# " + "x" * 20_000, "bytes"),
        ("\x00", "no design"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_with_what_was_written(pages, text, said):
    answered = pages.post("design/file", text=text)
    assert answered.status == 422
    assert said in unescape(answered.text)
    assert "This did not come to a result" in answered.text


def test_an_address_that_holds_no_file_or_too_large_a_one_is_refused(pages):
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b"#" * 4_000_000, 9)).decode()
    for part in ("AAAA", "%ff", own_design.packed(SMALL_DESIGN)[:-9], bomb, own_design.packed("name = 1")):
        answered = pages.ask(f"design?file={part}")
        assert answered.status == 422
        assert "does not hold all of it" in answered.text
