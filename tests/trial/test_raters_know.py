"""In a trial without arms raters know of the transplantation unless the protocol says no, and are biased then."""

from dataclasses import replace

import polars as pl
import pytest

from regraft.core.errors import SettingsProblem
from regraft.trial.prose import write
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.run import TrialPlan, run_batches

PATIENTS = 24


def _blinded(protocol: Protocol) -> Protocol:
    return protocol.model_copy(update={"visits": protocol.visits.model_copy(update={"raters_blinded": True})})


def _visits(plan: TrialPlan) -> pl.DataFrame:
    return next(iter(run_batches(plan, 0, PATIENTS, threads=2, batch=PATIENTS))).study.table("visits")


def _mean(visits: pl.DataFrame, kind: str) -> float:
    return float(visits.filter(pl.col("visit_type") == kind)["edss"].to_numpy().mean())


def test_knowing_raters_are_biased_after_baseline_only_and_by_the_parameter(plan: TrialPlan) -> None:
    biased = replace(plan, years=3.0, parameters=plan.parameters.replace({"observation_assessor_bias_grades": 0.4}))
    none = replace(plan, years=3.0, parameters=plan.parameters.replace({"observation_assessor_bias_grades": 0.0}))
    knowing, blind = _visits(biased), _visits(replace(biased, protocol=_blinded(plan.protocol)))
    assert _mean(knowing, "scheduled") < _mean(blind, "scheduled") - 0.2
    assert _mean(knowing, "baseline") == _mean(blind, "baseline")
    assert _visits(none).equals(blind)


def test_the_prose_says_what_raters_know(plan: TrialPlan) -> None:
    assert "Raters know that a patient was transplanted" in write(plan.protocol)
    assert "Raters do not know that a patient was transplanted." in write(_blinded(plan.protocol))
    assert "assessor bias" not in write(load_protocol("mist-2019-randomised"))


def test_a_protocol_may_not_contradict_itself(tmp_path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('like = "mist-2019-randomised"\n[randomisation]\nblocks = 2\nraters_blinded = false\n')
    with pytest.raises(SettingsProblem, match=r"visits\.raters_blinded.*randomisation\.raters_blinded = false"):
        load_protocol(file)
