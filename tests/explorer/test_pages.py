"""What the pages say, with and without results: everything escaped, nothing forbidden, no number alone."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from regraft.explorer.kept import Answer
from regraft.explorer.pages import PAGES
from regraft.explorer.shelf import shelf

SOURCE = Path(__file__).resolve().parents[2] / "src" / "regraft" / "explorer"
FORBIDDEN = re.compile(
    r"\b(cures?|cured|eradicated|wiped out|reversed MS|your chance|your risk|you will|personali[sz]ed|digital twin|"
    r"recommended|best|optimal|safe|success rate|promising|breakthrough|guaranteed)\b|"
    r"\bpredict(s|ed|ion)? (a|of a|for a|the|your) (person|patient)\b",
    re.IGNORECASE,
)
SIGNIFICANT = re.compile(r"(?<!statistically )\bsignificant\b", re.IGNORECASE)
OUTSIDE = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""")
ENVIRONMENT = Environment(loader=FileSystemLoader(SOURCE / "templates"), autoescape=True, undefined=StrictUndefined)
HOLDS = ENVIRONMENT.from_string("{% import 'parts.html' as parts %}{{ parts.holds(words) }}")
EMPTY = ["", *PAGES]
RESULTS = ["trial", "changed", "pathway", "profile", "compare"]
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Balanced(HTMLParser):
    """Reads a page and notes tags that are opened and not closed, ids used twice, and styles or scripts in place."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.faults += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append("script in the page")
        if tag not in VOID:
            self.open.append(tag)
        self.quiet += tag in {"script", "style"}

    def handle_startendtag(self, tag, attrs):
        given = dict(attrs)
        self.faults += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()
        self.quiet -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.quiet:
            self.words.append(data)


def _read(text: str) -> Balanced:
    page = Balanced()
    page.feed(text)
    assert not page.open, page.open
    assert not page.faults, page.faults
    assert len(set(page.ids)) == len(page.ids), [one for one in page.ids if page.ids.count(one) > 1]
    return page


def _address(made, name: str) -> str:
    one = made[name]
    return f"{one.page}?{urlencode(one.given)}"


@pytest.mark.parametrize("name", EMPTY)
def test_every_page_opens_without_a_result_and_is_sound(filled, name):
    answered = filled.ask(f"{name}?seed=7" if name in {"trial", "pathway", "profile", "compare", "design"} else name)
    assert answered.status == 200
    page = _read(answered.text)
    assert page.open == []
    assert 'lang="en"' in answered.text
    assert "not for choosing treatment" in answered.text
    if name:
        assert PAGES[name].question in unescape(answered.text)
    if name in {"trial", "pathway", "profile", "compare", "design"}:
        assert "Nothing was simulated for these choices yet" in answered.text
        assert "regraft " in answered.text


@pytest.mark.parametrize("name", RESULTS)
def test_every_page_with_a_result_is_sound_and_says_what_it_must(filled, made, name):
    answered = filled.ask(_address(made, name))
    text = unescape(answered.text)
    assert answered.status == 200
    _read(answered.text)
    assert "SIMULATED: no person here exists." in text
    assert "What the intervals hold" in text or "How to read this" in text
    assert re.search(r"\d+( of \d+)? numbers of the model are assumed", text)
    assert "The same from the command line and in Python" in text
    assert "results.json" in text
    assert "Link to exactly this" in text
    assert len(answered.body) < 250_000


@pytest.mark.parametrize(
    "name", [*EMPTY, *(f"{name} shown" for name in RESULTS), "evidence?study=atkins-2016", "evidence?endpoint=death"]
)
def test_no_page_says_a_forbidden_word_and_none_asks_another_machine(filled, made, name):
    page = _address(made, name.removesuffix(" shown")) if name.endswith(" shown") else name
    answered = filled.ask(page)
    quoted = "evidence" in page or page == "model"  # titles and notes of publications are theirs
    words = unescape(" ".join(_read(answered.text).words))
    for one in sorted((one.title for one in shelf().values()), key=len, reverse=True):
        words = words.replace(one, "")  # the title of a registered trial is its own
    if not quoted:
        assert not FORBIDDEN.findall(words)
        assert not SIGNIFICANT.findall(words)
    assert not OUTSIDE.search(answered.text)


def test_a_page_without_a_result_is_light_and_the_script_is_small(filled):
    for name in ("", "trial?seed=7", "profile?seed=7", "compare?seed=7", "data"):
        assert len(filled.ask(name).body) < 50_000
    assert len(filled.ask("static/app.js").body) < 20_000


def test_own_words_of_the_explorer_hold_no_forbidden_one():
    for path in [*SOURCE.rglob("*.py"), *SOURCE.glob("templates/*")]:
        assert not FORBIDDEN.findall(path.read_text(encoding="utf-8")), path.name


def test_templates_and_script_put_nothing_in_as_markup():
    for path in SOURCE.glob("templates/*"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text
    script = (SOURCE / "static" / "app.js").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage"):
        assert way not in script


def test_json_for_the_script_can_be_read_by_it(filled, made):
    text = filled.ask(_address(made, "pathway")).text
    import json

    inside = re.search(r'<script type="application/json" id="days">(.*?)</script>', text, re.DOTALL)
    assert inside is not None
    days = json.loads(inside[1])
    assert len(days["rows"][0]) == days["last"] - days["first"] + 1


@pytest.mark.parametrize("name", ["trial", "compare", "profile"])
def test_a_wrong_entry_is_told_at_its_field_and_the_others_are_kept(filled, name):
    wrong = {"trial": "trials=0&years=7", "compare": "people=1&b=beam-atg", "profile": "age=5&edss=2"}[name]
    answered = filled.ask(f"{name}?{wrong}")
    assert answered.status == 422
    _read(answered.text)
    assert 'role="alert"' in answered.text
    assert 'aria-invalid="true"' in answered.text
    kept = {"trial": 'value="7"', "compare": 'value="beam-atg" selected', "profile": 'value="2"'}[name]
    assert kept in answered.text


def test_a_changed_protocol_is_a_new_trial_beside_which_nothing_published_stands(made, filled):
    text = unescape(filled.ask(_address(made, "changed")).text)
    shown = made["changed"].answer.shown
    assert shown["published"] == []
    assert "Like atkins-2016, with eligibility.edss.maximum" in shown["title"]
    assert "No published number stands beside this trial" in text
    assert "The article says" not in text
    assert 'like = "atkins-2016"' in text


def test_trials_without_enough_replicates_have_no_range_and_say_why(made):
    shown = made["changed"].answer.shown
    assert "it takes 39 trials and 2 were simulated" in shown["sentence"]
    assert {row["range"] for row in shown["endpoints"]} == {"too few trials: it takes 39"}


def test_no_number_stands_without_its_interval_and_none_of_many_has_its_bound(made):
    shown = made["trial"].answer.shown
    counts = [row[key] for row in shown["safety"] for key in ("all", "one")]
    assert counts
    for text in counts:
        assert re.fullmatch(r"([\d,]+ of [\d,]+, [\d.]+ to [\d.]+ of 100|0 of [\d,]+, up to [\d.]+ of 100)", text), text
    for row in shown["endpoints"]:
        assert re.fullmatch(r"\d+ to \d+", row["range"])
        assert re.fullmatch(r"\d+% \(\d+ to \d+\)", row["one"])


def test_the_same_hundred_people_stand_under_every_arm_and_not_simulated_is_said(made):
    shown = made["profile"].answer.shown
    assert [len(square["dots"]) for square in shown["squares"]] == [100, 100, 100]
    for square in shown["squares"]:
        for one in square["counts"]:
            assert square["dots"].count(one["key"]) == round(float(one["value"]))
    for harm in shown["harms"]:
        for arm in harm["arms"]:
            assert (arm["dots"] is None) == bool(arm["why"])
            if arm["dots"] is not None:
                assert sum(arm["dots"]) == round(float(arm["value"]))


def test_not_simulated_is_hatched_and_named_never_empty(filled, made):
    text = filled.ask(_address(made, "profile")).text
    assert text.count('class="hatched"') == 6
    assert "the model knows no harm of drugs, which is not the same as none" in unescape(text)


def test_what_is_too_low_to_be_seen_is_said_in_words(made):
    values = [
        text for person in made["pathway"].answer.shown["people"] for row in person["rows"] for text in row["values"]
    ]
    assert "below what a laboratory sees" in values
    assert not [text for text in values if "e-" in text]


HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "';--", "{{7*7}}", "P$\\frac$1", "a" * 500]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_word_of_an_address_comes_back_as_text(filled, text):
    for page, name in (
        ("evidence", "q"),
        ("model", "q"),
        ("trial", "trials"),
        ("evidence", "study"),
        ("data", "study"),
    ):
        answered = filled.ask(f"{page}?{urlencode({name: text})}")
        _read(answered.text)
        assert "<script>alert" not in answered.text
        assert "<img" not in answered.text
        assert "49" not in re.findall(r'value="(\d+)"', answered.text)


@given(words=st.text(st.characters(blacklist_categories=["Cs"]), max_size=40))
def test_any_word_of_an_answer_is_escaped(words):
    inside = re.search(r"<p>(.*)</p>", HOLDS.render(words=words), re.DOTALL)
    assert inside is not None
    assert not set(inside[1]) & set("<>\"'")


def test_a_get_never_simulates(filled):
    for name in PAGES:
        filled.ask(f"{name}?seed=99")
    assert filled.explorer.workers.busy == 0


def test_what_went_wrong_with_a_request_stands_on_its_page(filled):
    page = PAGES["trial"]
    key = filled.explorer._key("trial", page.request(page.fill({"seed": "5"})))
    filled.explorer.kept.put(key, Answer(shown={}, problem="Nobody could enter <b>. Widen the age."))
    text = filled.ask("trial?seed=5").text
    assert "Nobody could enter &lt;b&gt;. Widen the age." in text
    assert 'role="alert"' in text


def test_reports_are_served_in_a_sandbox_and_everything_else_is_saved(filled, made):
    answer = made["profile"].answer
    report = filled.ask(f"file/{answer.identity}/report.html")
    assert report.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    table = filled.ask(f"file/{answer.identity}/profile.csv")
    assert table.headers["content-disposition"] == 'attachment; filename="profile.csv"'
    picture = filled.ask(f"file/{made['trial'].answer.identity}/figure-1.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "SIMULATED" in picture.text
    for name in ("../../etc/passwd", "%2e%2e/results.json", "..%2fresults.json", "results.json/"):
        assert filled.ask(f"file/{answer.identity}/{name}").status == 404
    assert filled.ask("file/none/results.json").status == 404


def test_evidence_and_model_lead_every_number_to_its_place(filled):
    study = unescape(filled.ask("evidence?study=atkins-2016").text)
    assert "69.6" in study
    assert "46.6 to 84.2 (95% interval)" in study
    assert "https://ir.library.carleton.ca/pub/16450" in study
    model = unescape(filled.ask("model?q=busulfan&standing=assumed").text)
    assert "library/parameters/" in model
    assert "the level of busulfan" in unescape(filled.ask("model?q=busulfan_clearance").text)  # what it drives
    assert not re.search(r"\w+/\w+\.py", model)
    assert "ovaries" in unescape(filled.ask("model?q=ovaries").text)
    counts = [int(count) for count in re.findall(r"</a></th><td>(\d+)</td>", model)]
    assert sum(counts) == len(filled.explorer.workers.library["parameters"])
    assert filled.ask("model?from=50").status == 200
    assert "None fits" in filled.ask("model?q=zzzz").text
    assert "None fits" in filled.ask("evidence?q=zzzz").text
