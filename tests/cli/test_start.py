"""What a command does not need is not imported when it starts."""

import os
import subprocess
import sys

import pytest

from regraft.report.table import _no_notebook

_FIGURES = """
import sys
from regraft.cli.quiet import leave_unused_projections, quiet_libraries
quiet_libraries()
leave_unused_projections()
from regraft.figures.style import blank
blank(1.0).savefig(sys.stdout.buffer, format="svg")
assert not [name for name in sys.modules if name.startswith("mpl_toolkits.mplot3d.")]
"""

_HELP = """
import sys
sys.argv = ["regraft", *sys.argv[1:]]
from regraft.__main__ import main
try:
    main()
except SystemExit:
    print([name for name in sys.modules if name.partition(".")[0] in {"rich", "numpy", "polars"}])
"""


@pytest.mark.parametrize("words", [["--help"], ["profile", "--help"], ["evidence"]])
def test_a_page_of_help_loads_neither_boxes_nor_tables_nor_numbers(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _HELP, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Show this message and exit." in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_figures_are_drawn_without_the_axes_of_three_dimensions() -> None:
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"
    }  # else they are asked for
    command = [sys.executable, "-c", _FIGURES]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"<svg" in done.stdout


def test_drawing_a_table_neither_imports_ipython_nor_hides_it_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with _no_notebook(), pytest.raises(ImportError):
        import IPython  # noqa: F401
    assert "IPython" not in sys.modules
    monkeypatch.setitem(sys.modules, "IPython", sys)
    with _no_notebook():
        assert sys.modules["IPython"] is sys
    assert sys.modules["IPython"] is sys
