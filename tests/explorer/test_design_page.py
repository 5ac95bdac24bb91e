"""Design: candidates side by side, harm beside the chance to show an effect, and the command that gives the same."""

import os
import shlex
import socket
import threading
from dataclasses import asdict
from html import unescape
from pathlib import Path

import pytest
import uvicorn
from browser import CHROMIUM, REQUIRED, chromium
from small_pools import SMALL_DESIGN
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.explorer import own_design
from regraft.explorer.answers.design import design
from regraft.explorer.pages import PAGES
from regraft.explorer.shelf import designs
from regraft.simulated_design import case, pool

PICTURES = os.environ.get("REGRAFT_PICTURES")


@pytest.fixture(scope="module")
def small_pools(tmp_path_factory):
    """Let pools be made of few people, in clusters as small as the trials of a test, in a folder of their own."""
    folder = tmp_path_factory.mktemp("pools")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "pools_folder", lambda: folder)
        patch.setattr(case, "_CLUSTER_STEP", 8)
        yield


@pytest.fixture(scope="module")
def answered(small_pools):
    """Return the form of a file, what it asks, and the answer of a worker."""
    filled = PAGES["design"].fill({"file": own_design.packed(SMALL_DESIGN)})
    request = PAGES["design"].request(filled)
    return filled, request, design(asdict(request), lambda _: None)


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


def _with_answer(pages, answered):
    filled, request, answer = answered
    pages.explorer.kept.put(pages.explorer._key("design", request), answer)
    return filled.address


def test_harm_stands_beside_the_chance_to_show_an_effect(pages, answered):
    shown = answered[2].shown
    assert [len(row) for row in shown["rows"]] == [len(shown["header"])] * len(shown["rows"])
    assert {"treatment deaths", "grade 4-5 harm"} < set(shown["header"])
    assert [name for name in answered[2].files if name.endswith(".rtf")]
    text = unescape(pages.ask(_with_answer(pages, answered)).text)
    assert "SIMULATED: no person here exists." in text
    assert "What the intervals hold" in text
    assert "none is ranked" in text


def test_the_results_of_a_file_that_was_given_are_those_of_its_command(answered, tmp_path, monkeypatch):
    _, request, answer = answered
    monkeypatch.chdir(tmp_path)
    Path(request.file).write_text(request.files()[request.file], encoding="utf-8")
    program, *words = shlex.split(request.command())
    done = CliRunner().invoke(app, [*words, "--out", "out"], catch_exceptions=False)
    assert (program, done.exit_code) == ("regraft", 0), done.output
    assert answer.files["results.json"].content == Path("out/results.json").read_bytes()


@pytest.fixture
def window_at(pages):
    """Serve the pages in a thread of this process, and return a function that opens one in a browser."""
    with socket.socket() as listening, chromium() as browser:
        listening.bind(("127.0.0.1", 0))
        settings = uvicorn.Config(pages.app, lifespan="off", log_level="error", ws="none")
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}/{pages.place}/"
        window = browser.new_page()
        window.set_default_timeout(20_000)
        window.goto(f"{base}?token={pages.explorer.door.token}")

        def at(address: str):
            window.goto(base + address)
            return window

        yield at
        server.should_exit = True
        thread.join(20)


@pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium on this machine: apt-get install chromium")
def test_axe_finds_nothing_on_a_design_with_its_result_and_nothing_is_wider_than_a_phone(pages, answered, window_at):
    from axe_playwright_python.sync_playwright import Axe

    page = window_at(_with_answer(pages, answered))
    for scheme, width in (("light", 1400), ("dark", 400), ("light", 320)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, width
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/explorer-design-{scheme}-{width}.png", full_page=True)


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
