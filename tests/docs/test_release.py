"""What goes with a release says the same version, the same needs and the same checks everywhere."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
NAMES_IN_CONDA = {"matplotlib": "matplotlib-base"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def needs(lines: list[str]) -> dict[str, str]:
    """Return the lowest version of every requirement, by its name in small letters."""
    found = [re.fullmatch(r"([A-Za-z0-9-]+)\s*(?:\[.*\])?(>=.*)", line.strip()) for line in lines]
    return {one[1].lower(): one[2].replace(" ", "") for one in found if one is not None}


def test_every_place_has_the_version_of_the_package():
    said = PROJECT["project"]["version"]
    assert version("regraft") == said
    assert yaml.safe_load(read("CITATION.cff"))["version"] == said
    assert yaml.safe_load(read("packaging/conda/recipe.yaml"))["context"]["version"] == said


def test_the_conda_recipe_needs_what_the_package_needs():
    recipe = yaml.safe_load(read("packaging/conda/recipe.yaml"))["requirements"]
    wanted = needs(PROJECT["project"]["dependencies"])
    wanted = {NAMES_IN_CONDA.get(name, name): least for name, least in wanted.items()}
    assert needs(recipe["run"]) == wanted | {"python": PROJECT["project"]["requires-python"]}
    optional = PROJECT["project"]["optional-dependencies"]
    assert needs(recipe["run_constraints"]) == needs([*optional["explore"], *optional["sensitivity"]])
    assert needs(recipe["host"]) == needs(PROJECT["build-system"]["requires"])


def test_the_image_takes_files_that_exist_and_that_are_let_in():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", read("packaging/Dockerfile"), re.MULTILINE)
    files = {name for line in copied for name in line.split()}
    assert files >= {"src", "pyproject.toml", "constraints.txt"}
    assert files == {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_the_source_archive_is_made_of_files_that_exist():
    kept = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert [name for name in kept if not (ROOT / name).exists()] == []
    assert set(kept) >= {"src", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}


def test_hooks_before_a_commit_are_the_checks_of_the_project():
    (local,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    programs = [hook["entry"].removeprefix(".venv/bin/").split(" --")[0] for hook in local["hooks"]]
    asked = re.findall(r"^(ruff format|ruff check|mypy|lint-imports)", read("scripts/check"), re.MULTILINE)
    assert programs[: len(asked)] == asked
    for script in re.findall(r"scripts/\S+\.py", read(".pre-commit-config.yaml")):
        assert (ROOT / script).is_file()


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.stem for path in TEMPLATES])
def test_a_form_for_issues_is_one(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"]
    assert form["description"]
    fields = [one for one in form["body"] if one["type"] != "markdown"]
    assert len({one["id"] for one in fields}) == len(fields) >= 2
    assert any(one.get("validations", {}).get("required") for one in fields)
    for one in fields:
        assert one["type"] in {"input", "textarea", "dropdown"}
        assert one["attributes"]["label"]
        options = one["attributes"].get("options", [""])
        assert all(isinstance(option, str) for option in options)
        assert bool(one["attributes"].get("options")) is (one["type"] == "dropdown")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md", "packaging/README.md"])
def test_a_page_about_the_project_names_files_that_exist(page):
    named = re.findall(
        r"`((?:src|docs|scripts|tests|changes|packaging|core|\.github)/[^`\s*]+)`|\]\(([^)#:]+)\)", read(page)
    )
    paths = [code or link for code, link in named]
    places = [ROOT, ROOT / "src" / "regraft", (ROOT / page).parent]
    assert [path for path in paths if not any((place / path).exists() for place in places)] == []
