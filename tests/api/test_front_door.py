"""``import regraft as rg``: light, typed, documented, and without the simulator where data are analysed."""

import ast
import inspect
import re
import subprocess
import sys
from enum import Enum
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path

import pytest

import regraft as rg

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "tests" / "data" / "intact-study"
SIMULATOR = ("patient", "physiology", "disease", "therapy", "treatment", "enrolment", "course", "trial", "sbml")
ASKED = (  # what is given to a function, and no result of one
    *("AnalysisFile", "Effects", "GRhoGamma", "Measured", "Modest", "Question", "Stays", "Structure", "Timed"),
)
WITHOUT = f"""
import sys
import regraft as rg
study = rg.read_study({str(STUDY)!r})
assert rg.check(study).intact
ends = rg.derive(study, "consensus")
assert rg.progression(study, "consensus-cdw-24w").rows.height
rg.stats.kaplan_meier(ends, "relapse", by="sex")
rg.stats.cox([1.0, 2.0, 3.0, 4.0], [True, True, True, False], [0.0, 1.0, 0.0, 1.0], ("x",))
rg.analyse(study).summary
rg.plot.survival(ends, "relapse")
rg.evidence("atkins-2016")
assert rg.analysis_sets(study)["ADSL"].height
rg.multiverse(study)
rg.propose_mapping(rg.example("registry-sample"))
loaded = {{name.split(".")[1] for name in sys.modules if name.startswith("regraft.")}}
print(sorted(loaded & set({SIMULATOR!r})))
"""


def _run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )


def test_importing_loads_one_module_and_no_library():
    loaded = _run("import sys; before = set(sys.modules); import regraft; print(*(set(sys.modules) - before))").stdout
    homes = {name.split(".")[0] for name in loaded.split()}
    assert homes - {"regraft"} <= sys.stdlib_module_names
    assert [name for name in loaded.split() if name.startswith("regraft")] == ["regraft"]
    assert len(loaded.split()) < 60  # 29 are


def test_the_version_is_the_one_that_is_installed():
    assert rg.__version__ == version("regraft")


def test_reading_deriving_and_statistics_load_no_module_of_the_simulator():
    assert _run(WITHOUT).stdout.strip() == "[]"


def test_the_names_that_a_type_checker_sees_are_those_that_exist():
    tree = ast.parse((ROOT / "src" / "regraft" / "__init__.py").read_text(encoding="utf-8"))
    (seen,) = (n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    names = {alias.name for node in seen.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names - {"statistics"} | {"stats"} == set(rg.__all__)
    homes = {alias.name: n.module for n in seen.body if isinstance(n, ast.ImportFrom) for alias in n.names}
    for name in set(rg.__all__) - {"plot", "stats"}:
        assert getattr(rg, name) is getattr(sys.modules[homes[name]], name), name


@pytest.mark.parametrize("name", rg.__all__)
def test_every_public_name_is_documented_and_annotated(name):
    found = getattr(rg, name)
    assert inspect.getdoc(found)
    if inspect.isfunction(found):
        _annotated(found)


@pytest.mark.parametrize("name", [*rg.__all__, *(f"plot.{name}" for name in rg.plot.__all__)])
def test_every_public_name_has_an_example_that_runs_or_says_why_not(name):
    """Doctests run all of them; a skipped line says before that what it would cost or write."""
    doc = inspect.getdoc(attrgetter(name)(rg)) or ""
    assert ">>>" in doc
    skipped = [line for line in doc.splitlines() if "+SKIP" in line]
    assert [line for line in skipped if not re.search(r"  # [^#]+  # doctest: \+SKIP$", line)] == []


@pytest.mark.parametrize("name", rg.stats.__all__)
def test_every_statistic_has_an_example_that_runs(name):
    doc = inspect.getdoc(getattr(rg.stats, name)) or ""
    assert ">>>" in doc
    assert "+SKIP" not in doc


@pytest.mark.parametrize("module", ["stats", "plot"])
def test_every_statistic_and_figure_is_documented_and_annotated(module):
    home = getattr(rg, module)
    assert list(home.__all__) == sorted(home.__all__)
    for name in home.__all__:
        found = getattr(home, name)
        assert inspect.getdoc(found), name
        if inspect.isfunction(found):
            _annotated(found)


def _annotated(found):
    signature = inspect.signature(found)
    assert signature.return_annotation is not inspect.Signature.empty, found
    assert [p for p in signature.parameters.values() if p.annotation is inspect.Parameter.empty] == [], found


def test_every_result_shows_itself_in_a_notebook():
    public = [getattr(home, name) for home in (rg, rg.stats) for name in home.__all__]
    shown = [one for one in public if inspect.isclass(one) and one.__name__ not in ASKED]
    shown = [one for one in shown if not issubclass(one, Exception | Enum)]
    assert len(shown) > 45
    assert [kind.__name__ for kind in shown if not hasattr(kind, "_repr_html_")] == []


def test_every_statistic_of_the_analysis_package_can_be_reached():
    public = {
        node.name
        for path in (ROOT / "src" / "regraft" / "analysis").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and _returns_a_result(node)
    }
    assert {"cox", "gray_test", "pool_evidence"} < public
    assert public - set(rg.stats.__all__) == {"summarise_columns"}  # `summarise` of what stands in parts


def _returns_a_result(node: ast.FunctionDef) -> bool:
    """Return whether a public function returns one of the result classes of `rg.stats`."""
    results = {name for name in vars(rg.stats) if name in rg.stats.__all__ and name[:1].isupper()}
    results -= {"Effects", "Interval", "Scale"}
    return not node.name.startswith("_") and node.returns is not None and ast.unparse(node.returns) in results


def test_a_package_of_the_same_name_does_not_take_the_place_of_a_public_name():
    program = (
        "import regraft as rg, regraft.evidence.registry, regraft.sbml.person; "
        "print(rg.evidence('atkins-2016').trial.id, rg.sbml.__name__)"
    )
    assert _run(program).stdout.strip() == "atkins-2016 sbml"


def test_a_name_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(AttributeError, match=r"regraft has no 'simulat'.*simulate"):
        _ = rg.simulat
    assert dir(rg) == sorted(rg.__all__)
