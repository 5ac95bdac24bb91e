"""What was seen, simulated under joint draws: the same however often a run was stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from regraft.calibration.joint_draws import JointRun, Observed, repeat_first, simulate_draws
from regraft.calibration.treatment_rows import treatment_targets
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior

ROWS = tuple(target for target in treatment_targets() if target.population == "donors-1997")
DRAWS = 25
RUN = JointRun(
    observed=Observed(targets=ROWS),
    parameters=load_parameters(),
    people=4,
    seed=3,
)


def test_a_stopped_run_goes_on_to_the_same_values_and_other_draws_have_other_people(tmp_path: Path) -> None:
    posterior = load_posterior(of_ranges=True)
    assert posterior is not None
    few = replace(posterior, z=posterior.z[:DRAWS])
    whole = simulate_draws(RUN, few, tmp_path)
    parts = sorted(tmp_path.glob("*/*.parquet"))
    assert len(parts) == 2
    parts[0].unlink()
    done = []
    again = simulate_draws(RUN, few, tmp_path, on_done=lambda one, of: done.append((one, of)))
    assert done == [(2, 2)]
    assert again.values.tobytes() == whole.values.tobytes()
    assert whole.values.shape == (len(ROWS), DRAWS)
    assert np.isfinite(whole.values).mean() > 0.9
    repeated = repeat_first(RUN, few, 3, tmp_path)
    assert len({*repeated.values[0], whole.values[0, 0]}) == 4
