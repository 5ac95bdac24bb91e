"""Tests that fail when something is forgotten: a parameter nobody reads, a reference nobody cites, a name we avoid."""

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

from regraft.core.origin import Origin
from regraft.core.parameters import FOLDER, load_parameters

SOURCE = Path(__file__).resolve().parents[2] / "src" / "regraft"
FILES = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
CODE = "\n".join(FILES.values())
SUFFIX_UNITS = {
    "_days": {"day", "days", "d"},
    "_per_day": {"1/day", "1/d", "per day"},
    "_l_per_day": {"L/d", "L/d per 70 kg"},
    "_ml_per_day": {"ml/d"},
    "_pct_per_day": {"%/d"},
    "_l_per_mg_per_day": {"L/mg/d"},
    "_g_per_dl_per_day": {"g/dL/d"},
    "_cells_per_ul_per_day": {"1/uL/d"},
    "_years": {"year", "years", "y"},
    "_weeks": {"week", "weeks"},
    "_mg_per_l": {"mg/L"},
    "_ug_per_ml": {"ug/mL"},
    "_ng_per_ml": {"ng/mL"},
    "_pct": {"%"},
    "_grades_per_pct": {"grades per % of brain volume"},
    "_ml": {"ml", "mL"},
}


def test_every_parameter_is_read_by_some_code() -> None:
    read = set(re.findall(r"\bp\.(\w+)", CODE)) | set(re.findall(r"[\"'](\w+)[\"']", CODE))
    read |= {str(one.correlated_with) for one in load_parameters().parameters}  # read where the others are drawn
    forgotten = [name for name in load_parameters().names if name not in read]
    assert forgotten == []


def test_every_kernel_is_called_by_something_that_is_not_a_test() -> None:
    """A kernel that only tests call keeps its parameters alive in every report."""
    kernels = {
        node.name
        for text in FILES.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(one, ast.Name) and one.id.startswith("kernel") for one in node.decorator_list)
    }
    named = Counter(re.findall(r"\b\w+\b", CODE))
    assert sorted(name for name in kernels if named[name] < 2) == []


def test_every_parameter_read_exists() -> None:
    names = set(load_parameters().names)
    stems = {path.stem for path in FOLDER.glob("*/*.toml")}
    asked = {name for name in re.findall(r"\bp\.(\w+)", CODE) if any(name.startswith(f"{stem}_") for stem in stems)}
    assert sorted(asked - names) == []


def test_every_reference_is_cited() -> None:
    cited = {parameter.source for parameter in load_parameters().parameters}
    cited |= set(re.findall(r"source = \"([\w.-]+)\"", "\n".join(p.read_text() for p in FOLDER.parent.rglob("*.toml"))))
    unused = [key for key in load_parameters().references if key not in cited]
    assert unused == []


def test_units_agree_with_the_suffix_of_the_name() -> None:
    wrong = []
    for parameter in load_parameters().parameters:
        suffix = max((s for s in SUFFIX_UNITS if parameter.name.endswith(s)), key=len, default=None)
        if suffix is not None and parameter.unit not in SUFFIX_UNITS[suffix]:
            wrong.append((parameter.name, parameter.unit))
    assert wrong == []


def test_no_prior_or_value_cites_a_study_that_judges_the_model() -> None:
    judges = re.compile(r"halt-?ms|mist|kalincik|nabizadeh|sormani-?2017|muraro-?2017|krasulova|hamerschlak|shevchenko")
    citing = [
        (parameter.name, parameter.source)
        for parameter in load_parameters().parameters
        if judges.search(f"{parameter.source or ''}".lower()) and parameter.origin is not Origin.ASSUMED
    ]
    assert citing == []


def test_modules_have_names_that_mean_something() -> None:
    avoided = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in SOURCE.rglob("*.py") if path.stem in avoided] == []


def test_an_array_of_one_kind_of_number_has_one_name() -> None:
    named = re.compile(r"^\w+(: TypeAlias)? = NDArray\[np\.(float64|int64|bool_)\]", re.MULTILINE)
    elsewhere = {path.relative_to(SOURCE).as_posix() for path, text in FILES.items() if named.search(text)}
    # what enters a statistic may be floats of any precision, and has a family of names for that
    assert elsewhere == {"core/arrays.py", "analysis/arrays.py"}


def test_package_files_hold_a_docstring_only() -> None:
    for path in SOURCE.rglob("*/__init__.py"):  # the front door itself is tests/api's
        code = path.read_text(encoding="utf-8").strip()
        assert code.startswith('"""'), path
        assert code.endswith('"""'), path


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"])
    assert f'"{project["version"]}"' not in CODE
