"""What was seen of the treatment, as targets: never of a study that judges, and read under few people."""

import numpy as np
import pytest

from regraft.calibration.held_rows import held_rows
from regraft.calibration.targets import TargetKind
from regraft.calibration.treatment_rows import treated_values, treatment_targets
from regraft.core.parameters import load_parameters
from regraft.verification.observables import JUDGES, Use, load_observables
from regraft.verification.treatment.verify import OBSERVABLES


def test_rows_that_judge_or_that_are_ranges_are_no_targets() -> None:
    rows = {entry.key: entry for entry in load_observables(OBSERVABLES)}
    used = treatment_targets()
    held = held_rows([target.endpoint for target in used])
    assert len(used) > 100
    assert any(one.observable.use is Use.CONTEXT for one in held)
    assert any(one.observable.value is None for one in held)
    assert not {one.target.key for one in held} & {target.key for target in used}
    assert all(rows[target.endpoint].use is Use.FIT and rows[target.endpoint].value is not None for target in used)
    assert not any(JUDGES.search(f"{target.study} {rows[target.endpoint].source}") for target in used)
    assert all(target.value > 0.0 for target in used if target.kind is TargetKind.RATE)


def test_parameters_of_the_disease_move_no_row_of_the_treatment() -> None:
    parameters = load_parameters()
    rows = tuple(target for target in treatment_targets() if target.population == "ms-cy-atg")
    other = parameters.values.copy()
    disease = [place for place, one in enumerate(parameters.parameters) if one.part == "disease"]
    other[disease] *= 1.1
    typical = np.stack([parameters.values, other, parameters.values])
    shown = treated_values(parameters, typical, rows, (1, 1, 2), people=8)
    same, moved, others = (shown.filter(shown["point"] == point)["value"].to_list() for point in range(3))
    assert len(same) == len(rows)
    assert same == moved
    assert same != others


@pytest.mark.parametrize("kind", [TargetKind.SHARE, TargetKind.RATE])
def test_every_row_states_the_error_of_the_model(kind: TargetKind) -> None:
    assert {target.discrepancy for target in treatment_targets() if target.kind is kind} <= {0.1, 0.25}
