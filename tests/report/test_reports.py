import re
import subprocess
import sys
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from regraft.analysis.summary import summarise
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.endpoints.outcomes import outcomes_of
from regraft.figures.pathway import Panel, PathwayTraces, Trace
from regraft.figures.survival import PublishedPoint
from regraft.replication.published import PublishedRow
from regraft.report.claims import load_claims
from regraft.report.contents import (
    Assumption,
    DataFinding,
    OriginCount,
    Origins,
    Provenance,
    RecordedContents,
    SimulatedContents,
)
from regraft.report.page import FigureBlock, render
from regraft.report.recorded import recorded_page
from regraft.report.simulated import simulated_page, write_simulated_report
from regraft.study.tables import Study

FORBIDDEN = re.compile(r"\b(cure|cures|cured|eradicated?|wiped out|reversed MS)\b", re.IGNORECASE)
BARE = re.compile(r"(?<![\d.])(?:0|0\.0|100|100\.0)%")


def published(endpoint, value, **more):
    return PublishedRow(
        study="atkins-2016",
        role="fit",
        endpoint=endpoint,
        label=endpoint.replace("_", " "),
        definition="as published",
        unit="%",
        published=value,
        predicted=50.0,
        predicted_low=30.0,
        predicted_high=70.0,
        predicted_mean=50.2,
        monte_carlo_error=0.7,
        **more,
    )


@pytest.fixture(scope="session")
def contents(study, derived):
    days = np.arange(-10.0, 20.0)
    trace = Trace(name="Neutrophils", unit="1e9/L", days=days, values=np.tile(1.0 + days**2, (24, 1)))
    return SimulatedContents(
        study=study,
        outcomes=outcomes_of(derived),
        protocol_title="A protocol for tests",
        provenance=Provenance(command="regraft run test", version="0", seed=7, patients_per_trial=24, replicates=200),
        summary=summarise(study, derived, load_definition("atkins-2016")),
        published=(
            published(
                "activity_free_survival_death_censored", 69.6, published_low=46.6, published_high=84.2, inside=True
            ),
            published("relapse", 100.0, published_n=23, probability_of_zero=0.4, not_scored_reason="a zero"),
        ),
        published_survival=(
            PublishedPoint(
                endpoint="activity_free_survival_death_censored", years=3.0, share=0.696, low=0.466, high=0.842
            ),
        ),
        claims=load_claims("atkins-2016"),
        traces=PathwayTraces(
            panels=(Panel(title="Neutrophils", traces=(trace,), floor=0.1, ceiling=1000.0),),
            subjects=tuple(study.table("subjects")["subject_id"]),
        ),
        origins=Origins(
            counts=(
                OriginCount(kind="model parameters", measured=1, unchecked=2, pooled=3, fitted=0, assumed=4, rules=5),
            ),
            assumptions=(Assumption(name="a", value="1", why="because"),),
            references=("A paper",),
        ),
        intervals_hold="The intervals hold this and not that.",
    )


@pytest.fixture(scope="session")
def page(contents):
    return simulated_page(contents)


@pytest.fixture(scope="session")
def text(page):
    """The words of the report, without markup and pictures."""
    html = re.sub(r"<style>.*?</style>|<code.*?</code>", " ", render(page), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def bare_only(study, derived):
    return SimulatedContents(
        study=study,
        outcomes=outcomes_of(derived),
        provenance=Provenance(command="c", version="0"),
        protocol_title="Bare",
    )


def figures(page):
    return [block for section in page.sections for block in section.blocks if isinstance(block, FigureBlock)]


def test_a_simulated_report_says_so_and_gives_no_advice(page, text):
    assert page.simulated
    assert "SIMULATED: the people in this report are computed" in text
    assert "Research software, not medical advice" in text


def test_forbidden_words_never_appear(text):
    assert FORBIDDEN.findall(text) == []


def test_no_proportion_of_nought_or_all_stands_without_its_bound(text):
    bare = [text[match.start() - 30 : match.end() + 40] for match in BARE.finditer(text)]
    assert [place for place in bare if not re.search(r"%(?:;| \(|\)| to |\s\()", place[30:])] == []


def test_every_figure_has_a_text_a_caption_and_a_call(page):
    shown = figures(page)
    assert len(shown) == 9
    assert all(re.search(r"\d", figure.alt) for figure in shown)
    assert all(len(figure.caption) > 40 for figure in shown)


def test_the_same_contents_give_the_same_file(contents, tmp_path):
    for name in ("a.html", "b.html"):
        write_simulated_report(tmp_path / name, contents)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_published_zero_counts_get_their_exact_bound(text):
    assert "100.0% (85.2 to 100.0)" in text


def test_a_few_replicates_are_called_a_quick_look(text, contents):
    assert "A quick look: 200 replicate trials" in text
    many = replace(contents, provenance=replace(contents.provenance, replicates=4000))
    assert "quick look" not in render(simulated_page(many))


def test_what_the_intervals_hold_stands_wherever_they_are_shown(page):
    sections = {section.anchor: render(replace(page, sections=(section,))) for section in page.sections}
    assert [name for name, html in sections.items() if "The intervals hold this and not that." in html] == [
        "claims",
        "published",
    ]


def test_death_is_counted_both_ways(text):
    assert "where death ends follow-up (censored)" in text
    assert "where death counts as an event" in text


def test_what_was_not_given_is_said(study, derived):
    html = render(simulated_page(bare_only(study, derived)))
    for sentence in (
        "No popular article was given",
        "No published value can be compared with this trial",
        "no latent courses were given",
        "Improvement is not split by cause",
        "The summary of all endpoints was not given",
    ):
        assert sentence in html


def test_a_study_of_visits_alone_still_makes_a_report(study):
    visits = Study({name: study.tables[name] for name in ("subjects", "visits")}, study.about)
    derived = derive(visits, load_definition("consensus"))
    findings = (DataFinding(place="visits.csv, row 3", problem="late visit", severity="warning"),)
    contents = RecordedContents(
        study=visits, outcomes=outcomes_of(derived), provenance=Provenance(command="c", version="0"), findings=findings
    )
    html = render(recorded_page(contents))
    for sentence in (
        "the study has no table relapses",
        "late visit",
        "Brain volume is not shown",
        "Adverse events are not shown",
        "Deaths are not shown",
        "Functional systems are not shown",
    ):
        assert sentence in html


def test_the_recorded_report_never_loads_the_simulator():
    code = (
        "import sys, regraft.report.recorded\n"
        "simulator = ('trial', 'course', 'enrolment', 'patient', 'physiology', 'disease', 'therapy', 'treatment', "
        "'replication', 'verification')\n"
        "print([n for n in sys.modules if n.split('.')[:2][-1] in simulator and n.startswith('regraft.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
