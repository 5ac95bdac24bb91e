import numpy as np

from regraft.clinical.sos import (
    ALT,
    ASCITES,
    BILIRUBIN,
    COLUMNS,
    CREATININE,
    EVIDENCE,
    HEPATOMEGALY,
    HISTOLOGY,
    NONE,
    ORGANS,
    PAINFUL,
    WEIGHT_GAIN,
    Ebmt2023,
    Severity,
    carry_forward,
    sos_of_days,
)


def healthy(days=60):
    signs = np.zeros((days, COLUMNS))
    signs[:, BILIRUBIN] = 0.6
    signs[:, CREATININE] = signs[:, ALT] = 1.0
    return signs


def test_nobody_without_signs_has_it():
    assert sos_of_days(healthy(), 14) == (NONE, NONE, NONE, 0, NONE, 0)


def test_seattle_is_met_long_before_baltimore():
    signs = healthy()
    signs[10:, BILIRUBIN] = 2.1
    signs[10:, WEIGHT_GAIN] = 3.0
    found = sos_of_days(signs, 14)
    assert (found.seattle_day, found.baltimore_day, found.ebmt2016_day) == (10, NONE, NONE)
    signs[14:, WEIGHT_GAIN] = 6.0
    signs[15:, HEPATOMEGALY] = signs[15:, PAINFUL] = 1.0
    found = sos_of_days(signs, 14)
    assert (found.baltimore_day, found.ebmt2016_day, found.ebmt2023_class) == (15, 15, Ebmt2023.CLINICAL)


def test_late_onset_needs_proof_or_the_classical_signs():
    signs = healthy()
    signs[30:, ASCITES] = 1.0
    signs[30:, WEIGHT_GAIN] = 6.0
    assert sos_of_days(signs, 14).ebmt2016_day == NONE
    signs[33:, EVIDENCE] = 1.0
    assert sos_of_days(signs, 14).ebmt2016_day == 33
    signs = healthy()
    signs[40, HISTOLOGY] = 1.0
    assert sos_of_days(signs, 14).ebmt2016_day == 40


def severity(weight=6.0, bilirubin=2.2, alt=1.0, creatinine=1.0, organs=0.0, slow=9):
    signs = healthy()
    signs[12:, BILIRUBIN] = np.linspace(1.9, bilirubin, 48)
    signs[12 - slow : 12, ASCITES] = 1.0
    signs[12:, ASCITES] = signs[12:, PAINFUL] = 1.0
    signs[12:, BILIRUBIN] = bilirubin
    signs[9:12, BILIRUBIN] = bilirubin * 0.9
    signs[12:, WEIGHT_GAIN], signs[12:, ALT], signs[12:, CREATININE] = weight, alt, creatinine
    signs[14:, ORGANS] = organs
    return Severity(sos_of_days(signs, 14).ebmt2016_severity)


def test_severity_is_the_highest_grade_two_measures_reach():
    assert severity(weight=4.0) is Severity.MILD
    assert severity(weight=6.0, bilirubin=3.5) is Severity.MODERATE
    assert severity(bilirubin=5.5) is Severity.SEVERE
    assert severity(bilirubin=5.5, alt=6.0, weight=4.0) is Severity.SEVERE
    assert severity(weight=11.0, creatinine=2.5) is Severity.VERY_SEVERE


def test_failing_organs_alone_are_very_severe():
    assert severity(weight=4.0, organs=1.0) is Severity.VERY_SEVERE


def test_missing_values_are_carried_only_a_few_days():
    signs = np.full((10, COLUMNS), np.nan)
    signs[2, BILIRUBIN] = 3.0
    carry_forward(signs, 4, 3)
    assert np.isnan(signs[:2, BILIRUBIN]).all()
    assert signs[2:6, BILIRUBIN].tolist() == [3.0] * 4
    assert np.isnan(signs[6:, BILIRUBIN]).all()
