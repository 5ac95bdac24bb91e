"""Numerics of the treatment: order of convergence, extreme patients, and what the tolerance is worth."""

import numpy as np
import pytest

from regraft.core.integrate import FINISHED, WORK_ROWS, Pace, new_pace
from regraft.core.parameters import Spread, load_parameters
from regraft.patient.record import COVARIATES, record_dtype, typical_patient, write_person
from regraft.physiology.body import advance, wake
from regraft.physiology.signs import Daily
from regraft.physiology.world import BODY, GCSF, STATE_SCALES
from regraft.treatment.cohort import Cohort, draw_cohort, treat_cohort
from regraft.treatment.plan import RTOL, compile_treatment
from regraft.trial.protocol import load_protocol

FIVE_PERCENT = 1.6448536269514722  # normal quantile of 95%


@pytest.fixture(scope="module")
def parameters():
    return load_parameters()


@pytest.fixture(scope="module")
def treatment():
    return load_protocol("atkins-2016").treatment


def body_after_filgrastim(parameters, rtol: float) -> tuple[np.ndarray, float]:
    """Return the state a day after one dose, and the steps taken; later a bounded response has a kink."""
    p = typical_patient(parameters)[0]
    body = np.zeros(1, BODY)[0]
    wake(body, 34.0, rtol, p)
    y = body["state"].copy()
    y[GCSF] = 700.0
    pace, work = new_pace(), np.zeros((WORK_ROWS, len(y)))
    status = advance(0.0, 1.0, y, body["inputs"].copy(), p, work, pace, rtol, rtol * STATE_SCALES)
    assert status == FINISHED
    return y, float(pace[Pace.STEPS])


def test_the_whole_body_converges_with_the_fourth_order(parameters) -> None:
    tight, _ = body_after_filgrastim(parameters, 1e-12)
    errors, steps = [], []
    for rtol in (1e-5, 1e-6, 1e-7, 1e-8):
        state, taken = body_after_filgrastim(parameters, rtol)
        errors.append(np.max(np.abs(state - tight) / (STATE_SCALES + np.abs(tight))))
        steps.append(taken)
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert 3.5 < order < 5.0, (order, steps, errors)


def corner(parameters, signs: np.ndarray, weight_kg: float, *, is_female: bool) -> np.ndarray:
    """Return a record with every parameter at its 5th (-1) or 95th (+1) percentile."""
    row = np.zeros(len(COVARIATES) + len(parameters.names))
    write_person(row, 28.0, is_female, 165.0 if is_female else 178.0, weight_kg)
    for j, entry in enumerate(parameters.parameters):
        shift = FIVE_PERCENT * entry.sigma * signs[j]
        value = {
            Spread.NONE: lambda v, _: v,
            Spread.LOGNORMAL: lambda v, s: v * np.exp(s),
            Spread.NORMAL: lambda v, s: v + s,
            Spread.LOGITNORMAL: lambda v, s: 1.0 / (1.0 + (1.0 / v - 1.0) * np.exp(-s)),
        }[entry.spread](entry.value, shift)
        row[len(COVARIATES) + j] = value
    return row


def test_extreme_patients_finish(parameters, treatment) -> None:
    rng = np.random.default_rng(3)  # noqa: TID251 - corners to try, nothing of the model
    n = len(parameters.names)
    signs = [np.full(n, -1.0), np.full(n, 1.0), *(rng.choice([-1.0, 1.0], n) for _ in range(18))]
    matrix = np.array(
        [corner(parameters, s, weight_kg=(45.0, 120.0)[i % 2], is_female=i % 2 == 0) for i, s in enumerate(signs)]
    )
    k = len(signs)
    cohort = Cohort(
        matrix=matrix,
        dtype=record_dtype(parameters),
        ids=np.arange(k),
        age_years=np.where(np.arange(k) % 3, 18.0, 60.0),
        edss=np.full(k, 6.0),
        bladder_grade=np.ones(k),
        variant=np.arange(k) % 2,
    )
    treated = treat_cohort(compile_treatment(treatment), cohort, seed=11, weeks=30)
    assert treated.n_events.min() >= 0  # a negative number is a failure of the integrator
    assert treated.result["status"].tolist() == [0.0] * k
    assert not np.isinf(treated.daily).any()
    assert np.nanmin(treated.daily[:, :, Daily.NEUTROPHILS_1E9_PER_L]) >= 0.0
    assert treated.result["rate_calls"].max() < 50_000


def test_doubling_the_tolerance_changes_medians_by_less_than_a_thousandth(parameters, treatment) -> None:
    cohort = draw_cohort(parameters, 101, seed=8)
    one = treat_cohort(compile_treatment(treatment, RTOL), cohort, seed=8, weeks=30)
    two = treat_cohort(compile_treatment(treatment, 2.0 * RTOL), cohort, seed=8, weeks=30)
    columns = (
        Daily.NEUTROPHILS_1E9_PER_L,
        Daily.PLATELETS_1E9_PER_L,
        Daily.HAEMOGLOBIN_G_PER_DL,
        Daily.CD4_PER_UL,
        Daily.BILIRUBIN_MG_PER_DL,
    )
    for column in columns:
        for day in (0, 14, 28, 90):
            ours, theirs = np.nanmedian(one.day(column, day)), np.nanmedian(two.day(column, day))
            assert theirs == pytest.approx(ours, rel=1e-3), (column.name, day)
    for name in ("collected_cd34_1e6_per_kg", "neutrophil_engraftment_day_latent", "memory_t_log10_kill"):
        assert np.nanmedian(two.result[name]) == pytest.approx(np.nanmedian(one.result[name]), rel=1e-3), name
