"""What a result rests on is recorded with it, and told as references: works cited, assumptions counted."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

import regraft as rg
from regraft.api.cite import cite
from regraft.api.design import size_document
from regraft.api.folder import write_results
from regraft.cli.commands import app
from regraft.core.bibliography import work_of_line
from regraft.core.errors import FileProblem, InputError, SettingsProblem
from regraft.core.grounds import RECORD, Cited, Grounds, grounds_of_parameters, rests_on
from regraft.core.origin import Origin
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.design.documents import grounds_of_design
from regraft.evidence.grounds import published_of
from regraft.evidence.registry import load_trial
from regraft.patient.population import load_population
from regraft.simulated_design.size import FoundSize
from regraft.trial.grounds import grounds_of_trial
from regraft.trial.protocol import list_protocols, load_protocol

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = "examples/registry-sample"
ENTRY = re.compile(r"@(article|misc|software)\{([A-Za-z0-9.:/_-]+),\n((?:  \w+ = \{.*\},?\n)+)\}")
FIELD = re.compile(r"  (\w+) = \{(.*)\},?")


def entries(bibtex: str) -> dict[str, dict[str, str]]:
    """Return the fields of every entry, by key; fails on text that is none, braces that do not close, a key twice."""
    assert ENTRY.sub("", bibtex).strip() == ""
    found = {}
    for _, key, body in ENTRY.findall(bibtex):
        assert key not in found
        found[key] = dict(FIELD.findall(body))
        for value in found[key].values():
            depth = 0
            for mark in re.findall(r"(?<!\\)[{}]", value):
                depth += 1 if mark == "{" else -1
                assert depth >= 0, value
            assert depth == 0, value
            assert not re.search(r"(?<!\\)[&#$_]", value) or value.startswith(("10.", "http")), value
    return found


def simulated(folder: Path, **changes: object) -> Path:
    """Return a folder with the record of a trial under the packaged posterior, as `regraft run` writes it."""
    protocol, posterior = load_protocol("atkins-2016"), load_posterior()
    assert posterior is not None
    behind = rests_on(
        parameters=load_parameters(),
        posterior=posterior.digest,
        files=grounds_of_trial(protocol, load_population(protocol.population)),
        definitions=(protocol.definition,),
        studies=(published_of(load_trial("atkins-2016")),),
    )
    folder.mkdir(exist_ok=True)
    document = {"simulated": True, "command": "regraft run atkins-2016"} | behind.model_copy(update=changes).record
    (folder / "results.json").write_text(json.dumps(document))
    return folder


def test_the_folder_of_an_analysis_is_cited_as_the_analysis_itself(tmp_path):
    done = rg.analyse(rg.example("registry-sample"), "ebmt")
    write_results(tmp_path, done.document())
    there = rg.cite(tmp_path)
    assert there.sources == rg.cite(done).sources
    assert [source.work.key for source in there.sources] == ["regraft", "definitions-ebmt"]
    assert "Boffa G et al. Neurology 2021" in there.to_text()


def test_the_command_prints_references_bibtex_and_json(tmp_path):
    folder = str(simulated(tmp_path))
    text, bibtex, document = (
        CliRunner().invoke(app, ["cite", folder, *option]).output for option in ([], ["--bibtex"], ["--json"])
    )
    assert text.startswith(f"Sources of {folder} (SIMULATED)\n\n1. The regraft developers. regraft: ")
    assert set(entries(bibtex)) == {one["work"]["key"] for one in json.loads(document)["sources"]}


def test_every_work_of_the_model_is_cited_with_its_values_and_what_was_not_checked(tmp_path):
    found = rg.cite(simulated(tmp_path))
    parameters = load_parameters().parameters
    known = [one for one in parameters if one.origin is not Origin.ASSUMED]
    used = {
        source.work.key: (use.values, use.unchecked)
        for source in found.sources
        for use in source.uses
        if use.of == "parameters of the model"
    }
    values = Counter(one.source for one in known)
    unchecked = Counter(one.source for one in known if not one.checked)
    assert used == {key: (count, unchecked[key]) for key, count in values.items()}
    rules = sum(one.is_rule for one in parameters if one.origin is Origin.ASSUMED)  # of practice: nobody's finding
    counted = sum(count for count, _ in used.values()) + dict(found.assumed)["parameters of the model"] + rules
    assert counted == len(parameters)
    assert dict(found.assumed)["parameters of the model"] > 100
    assert "Unchecked: " in found.to_text()


def test_protocol_population_aftercare_results_and_calibration_are_told_apart(tmp_path):
    found = rg.cite(simulated(tmp_path))
    uses = {source.work.key: {use.of for use in source.uses} for source in found.sources}
    assert "protocol atkins-2016" in uses["atkins-2016"]
    assert {"published results beside it", "the model was calibrated on it"} <= uses["atkins-2016"]
    assert any(one.startswith("aftercare ") for one in uses["rieger-2018"])
    assert uses["definitions-atkins-2016"] == {"definitions of endpoints"}
    posterior = load_posterior()
    assert posterior is not None
    fitted = [use.values for one in found.sources for use in one.uses if use.of == "the model was calibrated on it"]
    assert sum(fitted) == len(posterior.targets)


def test_every_key_that_a_protocol_or_population_cites_leads_to_a_work(tmp_path):
    """A name of the library that nothing stands behind would be printed as it is."""
    cited = set()
    for name in list_protocols():
        protocol = load_protocol(name)
        for grounds in grounds_of_trial(protocol, load_population(protocol.population)):
            cited |= {one.work for one in grounds.cited}
    files = (Grounds(kind="protocol", name="all", cited=tuple(Cited(work=key, values=1) for key in sorted(cited))),)
    works = {one.work.key: one.work for one in rg.cite(simulated(tmp_path, files=files)).sources}
    assert len(cited) > 12
    assert [key for key in cited if works[key].title in {"", key}] == []
    assert works["NCT01099930"].url == "https://clinicaltrials.gov/study/NCT01099930"


def test_every_reference_and_study_becomes_an_entry_of_its_own(tmp_path):
    found = entries(rg.cite(simulated(tmp_path)).to_bibtex())
    assert found["atkins-2016"]["author"].startswith("Atkins, H. L. and Bowman, M. and ")
    assert found["atkins-2016"]["doi"] == "10.1016/S0140-6736(16)30169-6"
    assert {key for key, fields in found.items() if not fields.get("title")} == set()
    parameters = load_parameters()
    every = [work_of_line(key, one.citation, one.url) for key, one in parameters.references.items()]
    assert len(entries("\n".join(one.bibtex() for one in every))) == len(parameters.references)
    told = {one.key: one for one in every}
    for key, reference in parameters.references.items():
        words = set(re.findall(r"\w+", reference.citation)) - {"doi"}
        assert words <= set(re.findall(r"\w+", told[key].text)), key


def test_what_is_calculated_of_a_design_is_cited_with_its_file_and_its_statistics(tmp_path):
    asked = rg.design("single-arm")
    answers = [asked.bounds(), asked.monitor(harm=3, of=20), asked.forecast(), asked.final([2.1])]
    for found in map(rg.cite, answers):
        assert [source.work.key for source in found.sources] == ["regraft", "atkins-2016"]
        assert [use.of for use in found.sources[1].uses] == ["design single-arm"]
        assert found.assumed[0][0] == "design single-arm"
        assert found.remarks == ("Statistics asked for, of which no work is recorded: exact_binomial, beta_binomial.",)
        assert "simulated" not in found.of.lower()
    (tmp_path / "bounds.json").write_text(CliRunner().invoke(app, ["design", "bounds", "single-arm", "--json"]).output)
    assert rg.cite(tmp_path / "bounds.json").sources == rg.cite(answers[0]).sources
    read = asked.final(study=rg.example("registry-sample"), arms=("all",), definitions="ebmt")
    assert "definitions-ebmt" in [source.work.key for source in rg.cite(read).sources]


def test_sizes_that_were_found_are_cited_as_the_simulation_that_found_them(tmp_path):
    behind = rests_on(parameters=load_parameters(), files=[grounds_of_design(rg.design("single-arm").settings)])
    asked = {"candidate": "n24", "scenario": "model", "wanted": 0.8, "most": 48, "curve": ()}
    sizes = dict.fromkeys(("smallest", "lasting", "low", "high"), 24)
    found = (FoundSize(**asked, **sizes, rests_on=behind),)
    printed = tmp_path / "size.json"
    printed.write_text(json.dumps(size_document("single-arm", found)))
    assert rg.cite(found).sources == rg.cite(printed).sources
    assert rg.cite(printed).of == f"{printed} (SIMULATED)"
    assert "parameters of the model" in {use.of for one in rg.cite(found).sources for use in one.uses}


def test_what_cannot_be_told_is_said(tmp_path):
    other = rg.cite(simulated(tmp_path, parameters="0" * 64, posterior="0" * 16))
    assert len(other.remarks) == 2
    assert not any(use.of == "the model was calibrated on it" for one in other.sources for use in one.uses)
    assert "other values of the model" in other.to_text()
    assert rg.cite(simulated(tmp_path)).remarks == ()


def test_a_study_of_somebodys_own_is_cited_from_the_record(tmp_path):
    own = published_of(load_trial("atkins-2016")).model_copy(update={"id": "mine", "title": "My study", "doi": None})
    found = {one.work.key: one.work for one in rg.cite(simulated(tmp_path, studies=(own,))).sources}
    assert found["mine"].title == "My study"


def test_derived_endpoints_name_their_definitions_and_printed_documents_can_be_cited(tmp_path):
    ends = rg.derive(rg.example("registry-sample"), "mist")
    assert [one.work.key for one in cite(ends).sources] == ["regraft", "definitions-mist"]
    sample, out = str(rg.example("registry-sample")), str(tmp_path / "rows.csv")
    words = ["endpoints", sample, "--definition", "consensus-cdw-24w", "--out", out, "--json"]
    (tmp_path / "printed.json").write_text(CliRunner().invoke(app, words).output)
    assert cite(tmp_path / "printed.json").sources[1].work.key == "definitions-consensus-cdw-24w"
    assert len(cite(rg.multiverse(rg.example("registry-sample"))).sources) > 10


def test_statistics_that_were_asked_for_are_named_without_a_work():
    sample = rg.example("registry-sample")
    asked = {"analysis": [{"method": "log_rank", "endpoint": "edss_worsening_12w"}]}
    (remark,) = cite(rg.analyse(sample, against=sample, analyses=asked)).remarks
    assert remark.startswith("Statistics asked for, of which no work is recorded: ")


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (None, FileProblem, "no result of regraft: the folder has no results.json"),
        ("not JSON", FileProblem, "no result of regraft"),
        ("[]", FileProblem, "it holds no keys"),
        ('{"command": "regraft run x"}', FileProblem, "Make it again: regraft run x"),
        ('{"rests_on": {"version": 1}}', SettingsProblem, "version"),
    ],
)
def test_what_is_no_result_is_refused_with_what_to_give(content, error, said, tmp_path):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(error, match=said):
        cite(tmp_path)


def test_a_place_that_is_not_there_and_a_thing_that_is_no_result_are_refused(tmp_path):
    with pytest.raises(FileProblem, match="no such folder or file"):
        cite(tmp_path / "none")
    with pytest.raises(InputError, match="Study is no result"):
        cite(rg.read_study(rg.example("registry-sample")))


def test_citing_an_analysis_loads_no_simulator():
    program = (
        "import sys, regraft as rg; rg.cite(rg.analyse(rg.example('registry-sample')));"
        "print([one for one in sys.modules if one.startswith(('regraft.trial', 'regraft.disease', 'regraft.course'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_software_is_cited_as_its_citation_file_says():
    told = dict(re.findall(r"^([a-z-]+): (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    (author,) = re.findall(r"^  - name: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    work = cite(rg.derive(rg.example("registry-sample"))).sources[0].work
    assert (work.authors, work.version, work.note) == (author, told["version"], f"Licence {told['license']}")
    assert work.title.startswith(f"{told['title']}: ")


def test_a_record_holds_only_what_is_not_in_the_package():
    assert grounds_of_parameters(load_parameters()).kind == "model"
    record = rests_on(parameters=load_parameters()).record[RECORD]
    assert set(record) == {"version", "parameters"}
