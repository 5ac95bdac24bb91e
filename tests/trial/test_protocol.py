"""Whole protocol files: those of regraft are complete and sourced; one of your own loads from any folder."""

import pickle
import tomllib
from pathlib import Path

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.origin import Standing
from regraft.core.sources import numbers, source_of
from regraft.patient.population import load_population
from regraft.trial.protocol import FOLDER, list_protocols, load_protocol


@pytest.mark.parametrize("name", list_protocols())
def test_every_number_of_a_packaged_protocol_has_a_source(name):
    protocol = load_protocol(name)
    missing = [key for key in numbers(protocol.contents) if source_of(key, protocol.sources) is None]
    assert not missing
    assert Standing.UNSOURCED not in protocol.origins()


@pytest.mark.parametrize("name", list_protocols())
def test_a_packaged_protocol_is_called_as_its_file_and_its_population_loads(name):
    protocol = load_protocol(name)
    assert protocol.name == name
    assert load_population(protocol.population).name == protocol.population


@pytest.mark.parametrize("name", list_protocols())
def test_the_contents_are_those_of_the_file(name):
    protocol = load_protocol(name)
    written = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    found = numbers(protocol.contents)
    assert {key: found.get(key) for key in numbers(written)} == numbers(written)
    if "like" not in written:
        assert set(protocol.contents) == set(written)
        assert set(found) == set(numbers(written))


def test_origins_count_every_number_once():
    protocol = load_protocol("atkins-2016")
    assert sum(protocol.origins().values()) == len(numbers(protocol.contents))
    assert protocol.origins()["assumed"] > 10


def test_what_science_calls_verified_in_atkins_is_marked_checked_and_what_it_calls_recalled_is_not():
    sources = load_protocol("atkins-2016").sources
    for key in (
        "mobilisation.cyclophosphamide_g_per_m2",
        "conditioning.drug.busulfan.dose",
        "conditioning.drug.rabbit_atg.dose",
        "conditioning.drug.cyclophosphamide.dose",
    ):
        assert source_of(key, sources).standing == "measured", key
    for key in ("conditioning.drug.busulfan.first_day", "amendment.drug.dose"):
        assert source_of(key, sources).standing == "measured, unchecked", key
    for key in ("conditioning.drug.busulfan.target_auc_mg_h_per_l", "amendment.applies_to_first_patients.maximum"):
        assert source_of(key, sources).standing == "assumed", key


def test_a_protocol_of_ones_own_without_sources_loads_and_says_so(tmp_path):
    text = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8").split("\n[sources]\n")[0]
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    assert set(load_protocol(path).origins()) == {Standing.UNSOURCED}


def test_files_given_as_paths_are_taken_from_the_folder_of_the_protocol(tmp_path):
    text = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8")
    text = text.replace('population = "aggressive-relapsing-ms"', 'population = "people.toml"')
    text = text.replace('definitions = "atkins-2016"', 'definitions = "rules.toml"')
    text = text.replace('evidence = "atkins-2016"', 'evidence = "paper.yaml"')
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "people.toml").touch()
    own = 'extends = "consensus"\nname = "own"\ntitle = "Own"\nsource = "me"\n'
    (tmp_path / "rules.toml").write_text(own, encoding="utf-8")
    with pytest.raises(SettingsProblem, match=r"evidence = .*paper\.yaml': no such file"):
        load_protocol(path)
    (tmp_path / "paper.yaml").touch()
    protocol = load_protocol(path)
    assert Path(protocol.population) == (tmp_path / "people.toml").resolve()
    assert Path(protocol.endpoints.definitions) == (tmp_path / "rules.toml").resolve()
    assert Path(protocol.evidence) == (tmp_path / "paper.yaml").resolve()


def test_a_protocol_survives_pickling():
    protocol = load_protocol("atkins-2016")
    assert pickle.loads(pickle.dumps(protocol)) == protocol  # noqa: S301 (our own bytes)


def test_the_bundle_is_no_key_of_the_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text((FOLDER / "atkins-2016.toml").read_text(encoding="utf-8") + "\n[treatment]\nx = 1\n", "utf-8")
    with pytest.raises(SettingsProblem, match="treatment: unknown key"):
        load_protocol(path)


def test_an_endpoint_that_the_protocols_own_definitions_do_not_derive_is_refused(tmp_path):
    own = 'extends = "consensus"\nname = "own"\ntitle = "Own"\nsource = "me"\n[milestones]\nlevels = [5.0]\n'
    (tmp_path / "rules.toml").write_text(own, encoding="utf-8")
    text = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8")
    text = text.replace('definitions = "atkins-2016"', 'definitions = "rules.toml"')
    text = text.replace("reported = [", 'reported = ["edss_milestone_5", "edss_milestone_6", ')
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsProblem, match=r"reported\[1\] = 'edss_milestone_6'.*definitions own.*edss_milestone_5"):
        load_protocol(path)
