"""A result below the limit of detection is below every threshold from the limit on, and says nothing of lower ones."""

import pytest

from regraft.endpoints.clock import start_clock
from regraft.endpoints.definition import load_definition
from regraft.endpoints.endpoint import Subjects
from regraft.endpoints.outcome import Status
from regraft.endpoints.safety import safety_measures
from regraft.endpoints.transplantation import neutrophil_engraftment


def counts(day, values):
    """Laboratory rows of neutrophils from day 0 on; a text such as ``<0.1`` is a limit."""
    rows = []
    for number, value in enumerate(values):
        beyond = str(value)[0] in "<>"
        rows.append(
            {
                "subject_id": "A",
                "date": day(number),
                "test": "neutrophils",
                "unit": "1e9/L",
                "value": float(str(value).strip("<>")),
                "comparator": {"<": "below", ">": "above"}[str(value)[0]] if beyond else None,
            }
        )
    return rows


def engrafted(study_of, day, values):
    return neutrophil_engraftment(subjects_of(study_of, day, values))


def subjects_of(study_of, day, values):
    study = study_of(labs=counts(day, values), visits=[("A", 40, 3.0)])
    return Subjects(study=study, definition=load_definition("consensus"), clock=start_clock(study))


@pytest.mark.parametrize("nadir", ["<0.1", "<0.5", "0.02"])
def test_aplasia_below_the_limit_is_a_nadir(study_of, day, nadir) -> None:
    outcome = engrafted(study_of, day, [2.0, *[nadir] * 9, 0.6, 0.7, 0.9, 1.5])
    assert (outcome.status[0], outcome.day[0]) == (Status.EVENT, 10.0)


def test_a_limit_above_the_threshold_decides_nothing(study_of, day) -> None:
    outcome = engrafted(study_of, day, [2.0, *["<1.0"] * 9, 1.6, 1.7, 1.9, 1.5])
    assert outcome.status[0] == Status.UNKNOWN


def test_grades_count_what_lies_below_the_limit(study_of, day) -> None:
    measures = safety_measures(subjects_of(study_of, day, [2.0, "<0.1", 0.6, 0.7]))
    assert measures["worst_ctcae_grade_neutrophils"][0] == 4.0
