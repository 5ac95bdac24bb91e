"""Recorded data are checked, derived and summarised without one module of the simulator."""

import subprocess
import sys

import pytest

from regraft.core.library import LIBRARY

SAMPLE = LIBRARY / "examples" / "registry-sample"
SIMULATOR = ("patient", "physiology", "equations", "disease", "therapy", "treatment", "enrolment", "course", "trial")
PROGRAM = f"""
import sys
from pathlib import Path
from regraft.core.library import LIBRARY
from regraft.analysis.summary import summarise
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.check import check_study
from regraft.study.store import read_study

sample = Path({str(SAMPLE)!r})
assert not [finding for finding in check_study(sample) if finding.severity == "error"]
study, rules = read_study(sample), load_definition("consensus")
assert summarise(study, derive(study, rules), rules).rows
"""
CHECK = f"""
import sys
from pathlib import Path
from regraft.cli.check import check

check(Path({str(SAMPLE)!r}), None, True)
"""
LOADED = f"""
packages = {{name.split(".")[1] for name in sys.modules if name.startswith("regraft.")}}
print(sorted(packages & set({SIMULATOR!r})), file=sys.stderr)
"""


@pytest.mark.parametrize("program", [PROGRAM, CHECK], ids=["derive", "check"])
def test_no_module_of_the_simulator_is_loaded(program):
    done = subprocess.run(
        [sys.executable, "-c", program + LOADED], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
