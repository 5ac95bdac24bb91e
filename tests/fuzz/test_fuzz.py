"""Damaged study folders never give a traceback, a hang, or silence about lost rows."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_two_hundred_damaged_folders_are_refused_or_read_whole():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "fuzz_studies.py"), "200"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "POLARS_MAX_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("200 cases")
    assert "0 failed" in done.stdout
    assert done.stderr == ""
