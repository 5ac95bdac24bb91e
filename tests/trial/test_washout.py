"""A pause of prior drugs before mobilisation: possible within the time given, told in the prose, seen in the dates."""

import numpy as np
import pytest

from regraft.core.errors import SettingsProblem
from regraft.therapy.drugs import Drug
from regraft.trial.design import Washout
from regraft.trial.prose import write
from regraft.trial.protocol import FOLDER, Protocol, load_protocol
from regraft.trial.tables_disease import pause_days


def with_washout(tmp_path, *rules: tuple[str, int]) -> Protocol:
    sections = "".join(f'[[eligibility.washout]]\ndrug = "{drug}"\nweeks = {weeks}\n' for drug, weeks in rules)
    path = tmp_path / "paused.toml"
    path.write_text((FOLDER / "atkins-2016.toml").read_text() + sections)
    return load_protocol(path)


def test_a_pause_is_told_with_what_it_does_not_do(tmp_path) -> None:
    text = " ".join(write(with_washout(tmp_path, ("natalizumab", 6), ("fingolimod", 4))).split())
    assert "natalizumab 6 weeks, fingolimod 4 weeks" in text
    assert "(PML) is not simulated" in text
    assert "PML" not in write(load_protocol("atkins-2016"))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([("natalizumab", 7)], "paused for 42 days only"),
        ([("natalizumab", 6), ("natalizumab", 2)], "listed twice"),
        ([("none", 2)], "no drug to pause"),
    ],
)
def test_a_pause_that_cannot_be_is_refused(tmp_path, rules, said) -> None:
    with pytest.raises(SettingsProblem, match=said):
        with_washout(tmp_path, *rules)


def test_the_last_dose_lies_before_mobilisation_by_the_pause_of_its_drug() -> None:
    codes = np.array([int(Drug.NATALIZUMAB), int(Drug.FINGOLIMOD)], float)
    rules = [Washout.model_validate({"drug": "natalizumab", "weeks": 6})]
    assert pause_days(rules, codes).tolist() == [42.0, 0.0]
