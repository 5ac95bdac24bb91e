"""Kaplan-Meier, Clopper-Pearson and Poisson intervals against R.

``tests/data/r/intervals.R`` holds the R calls (survfit with conf.type plain, log and log-log; binom.test; poisson.test)
and ``intervals.txt`` what R 4.2.2 with survival 3.5-3 printed.
"""

from pathlib import Path

import numpy as np
import pytest

from regraft.analysis.binomial import exact_interval
from regraft.analysis.counts import exact_rate_interval
from regraft.analysis.survival import Interval, free_at_by_trial, kaplan_meier

R = Path(__file__).parents[1] / "data" / "r" / "intervals.txt"
SAMPLES = {
    "atkins": ([0.4, 0.7, 0.9, 1.4, 1.9, 2.2, 2.8] + [5.0] * 16, [1] * 7 + [0] * 16),
    "aml": ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]),
    "ties": ([1, 1, 1, 2, 2, 3, 3, 3, 4, 5, 5, 6, 7, 7], [1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1]),
    "half": ([1, 2, 3, 4], [1, 1, 1, 1]),
}
LINES = [line.split() for line in R.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def numbers(words):
    return np.array([np.nan if word == "NA" else float(word) for word in words])


def printed(sample, interval, what):
    return next(numbers(line[3:]) for line in LINES if line[:3] == [sample, interval.value, what])


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("sample", SAMPLES)
def test_survfit(sample, interval):
    curve = kaplan_meier(*SAMPLES[sample], interval=interval)
    for what, ours in (
        ("time", curve.time),
        ("nrisk", curve.at_risk),
        ("surv", curve.survival),
        ("se", curve.standard_error),
        ("low", curve.low),
        ("high", curve.high),
        ("median", np.array(curve.median())),
    ):
        np.testing.assert_allclose(ours, printed(sample, interval, what), rtol=1e-9, atol=1e-14, err_msg=what)
    time, survival, low, high, at_risk = np.split(printed(sample, interval, "at"), 5)
    ours = np.array([curve.at(moment) for moment in time])
    np.testing.assert_allclose(ours, np.stack([survival, low, high], axis=1), rtol=1e-9, atol=1e-14)
    assert curve.number_at_risk(time).tolist() == at_risk.tolist()


def test_sixteen_of_twenty_three_give_the_published_interval():
    estimate, low, high = kaplan_meier(*SAMPLES["atkins"]).at(3.0)
    assert (round(estimate, 3), round(low, 3), round(high, 3)) == (0.696, 0.466, 0.842)


@pytest.mark.parametrize("line", [line for line in LINES if line[0].startswith("binom")])
def test_binom_test(line):
    events, total, low, high = numbers(line[1:])
    level = 0.9 if line[0] == "binom90" else 0.95
    np.testing.assert_allclose(exact_interval(int(events), int(total), level), (low, high), rtol=1e-9)


@pytest.mark.parametrize("line", [line for line in LINES if line[0] == "pois"])
def test_poisson_test(line):
    events, exposure, low, high = numbers(line[1:])
    np.testing.assert_allclose(exact_rate_interval(events, exposure), (low, high), rtol=1e-9)


def test_beyond_the_last_observation_nothing_is_said():
    curve = kaplan_meier([1.0, 2.0], [True, False])
    assert np.isnan(curve.at(2.5)).all()
    assert kaplan_meier([1.0, 2.0], [True, True]).at(2.5)[0] == 0.0


def test_many_trials_at_once_equal_one_at_a_time():
    trial = np.repeat(np.arange(4), [23, 11, 14, 4])
    time = np.concatenate([SAMPLES[name][0] for name in SAMPLES]).astype(float)
    event = np.concatenate([SAMPLES[name][1] for name in SAMPLES]).astype(bool)
    shuffled = np.argsort(np.sin(np.arange(time.size) * 12.9898))
    free = free_at_by_trial(trial[shuffled], time[shuffled], event[shuffled], 4, 3.0)
    alone = [kaplan_meier(*SAMPLES[name]).at(3.0)[0] for name in SAMPLES]
    np.testing.assert_allclose(free, alone, rtol=1e-14)
