"""Natural history as targets: which observables may be fitted, on which scale, and that a range is no exact value."""

from math import log
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.calibration.natural_history import natural_history_targets, observed_values
from regraft.calibration.simulated_sets import by_population, by_protocol
from regraft.calibration.targets import TargetKind, load_targets
from regraft.core.errors import SettingsProblem
from regraft.core.parameters import load_parameters
from regraft.verification.disease.measured import disease_observables
from regraft.verification.observables import JUDGES, Use

GROUP = """
[[group]]
keys = [{keys}]
discrepancy = 0.1
why = "a test"
"""


def file_of(folder: Path, *keys: str) -> Path:
    file = folder / "natural_history.toml"
    file.write_text(GROUP.format(keys=", ".join(f'"{key}"' for key in keys)), encoding="utf-8")
    return file


def test_no_study_that_judges_is_a_target_and_no_trial_of_a_transplant_is_told_twice() -> None:
    targets = natural_history_targets()
    assert not any(JUDGES.search(target.study) for target in targets)
    assert not {target.study for target in targets} & {target.study for target in load_targets()}


@pytest.mark.parametrize("key", [entry.key for entry in disease_observables() if entry.use is Use.CONTEXT])
def test_an_observable_that_judges_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsProblem, match="must never be fitted"):
        natural_history_targets(file_of(tmp_path, key))


def test_an_observable_twice_an_unknown_one_and_a_bound_are_refused(tmp_path: Path) -> None:
    for keys, words in (
        (("smr", "smr"), "named twice"),
        (("smrr",), "no such observable"),
        (("share-of-lesions-felt",), "bound"),
    ):
        with pytest.raises(SettingsProblem, match=words):
            natural_history_targets(file_of(tmp_path, *keys))


def test_a_range_is_read_as_ninety_per_cent_on_the_fitted_scale() -> None:
    by_key = {target.endpoint: target for target in natural_history_targets()}
    smr, rise = by_key["smr"], by_key["hirst-rise"]
    assert smr.kind is TargetKind.RATE
    assert smr.value == pytest.approx((2.13 * 2.42) ** 0.5)
    assert smr.tolerance == pytest.approx(log(2.42 / 2.13) / 2 / 1.645)
    assert (rise.kind, rise.value, rise.tolerance) == (TargetKind.MEAN, 1.45, 0.0)
    assert by_key["pira-persists"].value == pytest.approx(85.45, abs=0.05)


def test_every_target_is_simulated_in_a_trial_or_in_a_population() -> None:
    targets = (*load_targets(), *natural_history_targets())
    in_trials = sum(len(some) for _, some in by_protocol(targets))
    in_populations = sum(len(some) for _, some in by_population(targets))
    assert in_trials == len(load_targets())
    assert in_populations == len(natural_history_targets())


def test_a_population_shows_its_targets_and_moves_with_the_parameters() -> None:
    parameters = load_parameters()
    targets = tuple(target for target in natural_history_targets() if target.population == "primary")
    slow = parameters.replace({"primary_smouldering_ratio": 3.0}).values
    fast = parameters.replace({"primary_smouldering_ratio": 8.0}).values
    found = observed_values(parameters, np.stack([slow, fast]), targets, [3, 3])
    for target in targets:
        years = found.filter(pl.col("key") == target.key)["value"].to_list()
        assert years[0] > years[1] > 1.0
