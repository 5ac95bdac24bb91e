"""Settings and fixtures all tests share: the typical patient, and plans of the Atkins protocol with changes.

Compiled kernels make first calls slow, so Hypothesis has no deadline.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from regraft.core.parameters import ParameterSet, load_parameters
from regraft.patient.record import typical_patient
from regraft.treatment.plan import TreatmentPlans, compile_treatment
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.protocol import load_protocol

settings.register_profile("regraft", deadline=None, derandomize=True)
settings.load_profile("regraft")


@pytest.fixture(scope="session")
def parameters() -> ParameterSet:
    return load_parameters()


@pytest.fixture(scope="session")
def p(parameters: ParameterSet) -> np.void:
    return typical_patient(parameters)[0]


@pytest.fixture(scope="session")
def compiled() -> Callable[..., TreatmentPlans]:
    """Plans after changes by section, as ``compiled(harvest={"sessions_maximum": 3})``; None removes a key."""

    def build(*, busulfan: dict[str, Any] | None = None, **changes: dict[str, Any]) -> TreatmentPlans:
        written = load_protocol("atkins-2016").treatment.model_dump()
        for section, values in changes.items():
            written[section].update(values)
        written["conditioning"]["drug"][0].update(busulfan or {})
        return compile_treatment(TreatmentProtocol.model_validate(written))

    return build
