"""Replicate trials: only what the statistics read is derived, and that alters no number."""

import polars as pl
import pytest
from plans import plan_of

from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.replication.replicate import published_trials, wanted_statistics
from regraft.replication.statistics import TrialStatistic, derived_for, per_trial
from regraft.trial.protocol import list_protocols, load_protocol
from regraft.trial.run import run_batches

TRIALS_OF = 8


def read_in(name: str) -> tuple[TrialStatistic, ...]:
    """Return the statistics that are read in trials of a protocol; none where it has published nothing yet."""
    protocol = load_protocol(name)
    arms = {label: arm.name for arm in protocol.arm for label in (arm.name, *arm.published_as)} or None
    return wanted_statistics(published_trials(protocol), arms)


PUBLISHED = [name for name in list_protocols() if read_in(name)]


@pytest.mark.parametrize("name", PUBLISHED)
def test_deriving_only_what_the_statistics_read_alters_no_number(name: str) -> None:
    protocol, wanted = load_protocol(name), read_in(name)
    (batch,) = run_batches(plan_of(name, seed=11), 0, TRIALS_OF, threads=1, batch=TRIALS_OF)
    definitions = load_definition(protocol.endpoints.definitions)
    everything = derive(batch.study, definitions)
    some = derive(batch.study, definitions, derived_for(wanted))
    assert some.events["endpoint"].n_unique() < everything.events["endpoint"].n_unique()
    assert per_trial(batch.study, some, wanted).equals(per_trial(batch.study, everything, wanted))


def test_deriving_nothing_of_a_study_gives_empty_frames_of_the_same_columns() -> None:
    (batch,) = run_batches(plan_of("atkins-2016", seed=11), 0, 2, threads=1, batch=2)
    definitions = load_definition("consensus")
    nothing, everything = derive(batch.study, definitions, ()), derive(batch.study, definitions)
    for one, other in ((nothing.events, everything.events), (nothing.measures, everything.measures)):
        assert one.height == 0
        assert one.schema == other.schema
    assert isinstance(nothing.not_at_risk, pl.DataFrame)
    assert nothing.not_derivable == ()
