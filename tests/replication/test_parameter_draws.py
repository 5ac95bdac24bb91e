"""Which parameter draws a trial lives under."""

import numpy as np
import pytest

from regraft.core.library import LIBRARY
from regraft.core.parameters import load_parameters
from regraft.core.posterior import ParameterDraws
from regraft.prediction.target import find_target
from regraft.replication import parameter_draws as module
from regraft.trial.protocol import load_protocol

EXAMPLE = LIBRARY / "examples" / "new-trial"


def test_without_a_posterior_there_are_no_draws_and_with_one_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters, protocol = load_parameters(), find_target(str(EXAMPLE)).protocol
    monkeypatch.setattr(module, "load_posterior", lambda **_: None)
    assert module.posterior_draws(protocol, parameters, 1) is None

    class Two:
        def drawn(self, given, study, _seed):
            assert study == "example-trial"
            return ParameterDraws(values=np.stack([given.values] * 2))

    monkeypatch.setattr(module, "load_posterior", lambda **_: Two())
    found = module.posterior_draws(protocol, parameters, 1)
    assert found is not None
    assert found.values.shape == (2, len(parameters.names))


def test_studies_of_one_cohort_share_their_effect() -> None:
    assert module.study_of(load_protocol("atkins-2016")) == "ottawa"
    assert module.study_of(load_protocol("cy-atg")) == "cy-atg"
