"""``import regraft as rg``: light, typed, documented, and without the simulator where data are analysed."""

import ast
import inspect
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path

import pytest

import regraft as rg

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "tests" / "data" / "intact-study"
MOST_MICROSECONDS = 50_000
SIMULATOR = ("patient", "physiology", "disease", "therapy", "treatment", "enrolment", "course", "trial", "sbml")
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
loaded = {{name.split(".")[1] for name in sys.modules if name.startswith("regraft.")}}
print(sorted(loaded & set({SIMULATOR!r})))
"""


def _run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )


def test_importing_takes_less_than_50_ms_and_loads_no_library():
    def once() -> int:
        lines = _run("import regraft", "-X", "importtime").stderr.splitlines()
        return int(lines[-1].split("|")[1])

    assert min(once() for _ in range(5)) < MOST_MICROSECONDS
    heavy = _run("import regraft, sys; print({'numpy', 'polars', 'numba', 'pydantic'} & set(sys.modules))").stdout
    assert heavy.strip() == "set()"


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
    shown = [getattr(rg, name) for name in rg.__all__ if inspect.isclass(getattr(rg, name))]
    shown = [
        kind for kind in shown if not issubclass(kind, Exception) and kind is not rg.AnalysisFile
    ]  # asked, not found
    shown += [kind for kind in vars(rg.stats).values() if is_dataclass(kind) and hasattr(kind, "to_frame")]
    assert len(shown) > 25
    assert [kind.__name__ for kind in shown if not hasattr(kind, "_repr_html_")] == []


def test_every_statistic_of_the_analysis_package_can_be_reached():
    public = {
        node.name
        for path in (ROOT / "src" / "regraft" / "analysis").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and _returns_a_result(node)
    }
    assert {"cox", "gray_test", "pool_evidence"} < public
    assert public - set(rg.stats.__all__) == set()


def _returns_a_result(node: ast.FunctionDef) -> bool:
    """Return whether a public function returns one of the result classes of `rg.stats`."""
    results = {name for name in vars(rg.stats) if name in rg.stats.__all__ and name[:1].isupper()}
    results -= {"Effects", "Interval", "Scale"}
    return not node.name.startswith("_") and node.returns is not None and ast.unparse(node.returns) in results


def test_a_package_of_the_same_name_does_not_take_the_place_of_a_public_name():
    program = "import regraft as rg, regraft.evidence.registry; print(rg.evidence('atkins-2016').trial.id)"
    assert _run(program).stdout.strip() == "atkins-2016"


def test_a_name_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(AttributeError, match=r"regraft has no 'simulat'.*simulate"):
        _ = rg.simulat
    assert dir(rg) == sorted(rg.__all__)
