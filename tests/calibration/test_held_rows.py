"""Rows that are held against the model and never learned from: whose they may be."""

from regraft.calibration.held_rows import held_rows
from regraft.evidence.registry import use_of
from regraft.evidence.schema import Role
from regraft.verification.observables import Use, load_observables
from regraft.verification.treatment.verify import OBSERVABLES


def test_rows_of_fitted_cohorts_are_left_out_and_every_other_row_that_can_be_measured_is_held() -> None:
    scored = [row for row in load_observables(OBSERVABLES) if row.scored]
    held = {one.observable.key for one in held_rows(())}
    for row in scored:
        use = use_of(row.study)
        assert (row.key in held) is (use is None or use.role is not Role.FIT), row.key
    assert len(held) > 130


def test_rows_of_a_study_that_judges_or_is_shown_are_context_and_never_used() -> None:
    uses = [(one.observable, use_of(one.observable.study)) for one in held_rows(())]
    others = [row for row, use in uses if use is not None]
    assert {row.study for row in others} == {"sormani-2017"}
    assert all(row.use is Use.CONTEXT and not row.tuned for row in others)
