"""The short form of `scripts/prove_design_power.py`: plainly simulated trials have the power that is calculated."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "prove_design_power.py"


def test_random_designs_simulated_person_by_person_have_their_analytic_power():
    words = [sys.executable, str(SCRIPT), "--designs", "7", "--trials", "1000"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 designs" in done.stdout
