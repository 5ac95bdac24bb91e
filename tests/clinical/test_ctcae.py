import numpy as np
import pytest

from regraft.clinical.ctcae import GRADED_TESTS, CtcaeVersion, ctcae_grades


@pytest.mark.parametrize(
    ("test", "value", "v5", "v6"),
    [
        ("neutrophils", 1.8, 0, 0),
        ("neutrophils", 1.6, 1, 1),
        ("neutrophils", 0.7, 3, 2),
        ("neutrophils", 0.5, 3, 2),
        ("neutrophils", 0.2, 4, 3),
        ("neutrophils", 0.05, 4, 4),
        ("platelets", 60.0, 2, 2),
        ("platelets", 24.0, 4, 3),
        ("platelets", 9.0, 4, 4),
        ("haemoglobin", 7.0, 3, 3),
        ("lymphocytes", 0.1, 4, 4),
        ("bilirubin", 1.2, 0, 0),
        ("bilirubin", 2.0, 2, 2),
        ("bilirubin", 12.1, 4, 4),
        ("alt", 130.0, 2, 2),
        ("creatinine", 7.3, 4, 4),
    ],
)
def test_grades_of_both_versions(test, value, v5, v6):
    values = np.array([value])
    assert ctcae_grades(test, values).tolist() == [v5]
    assert ctcae_grades(test, values, version=CtcaeVersion.V6).tolist() == [v6]


def test_an_abnormal_baseline_changes_what_is_compared():
    assert ctcae_grades("alt", np.array([100.0]), baseline=80.0).tolist() == [0]
    assert ctcae_grades("alt", np.array([130.0]), baseline=80.0).tolist() == [1]
    assert ctcae_grades("creatinine", np.array([1.0]), baseline=0.5).tolist() == [2]


def test_a_missing_value_has_no_grade_and_no_value_has_grade_five():
    for test in GRADED_TESTS:
        grades = ctcae_grades(test, np.array([np.nan, 0.0, 1e6]))
        assert grades[0] == -1
        assert grades.max() <= 4
