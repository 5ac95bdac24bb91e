"""Conditioning on rows of studies: their errors, who shares patients with whom, and what other studies alone say."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.calibration.condition import (
    Conditioning,
    begin,
    chance_of,
    draws_of,
    go_on,
    groups_of,
    learn,
    seen_by,
)
from regraft.calibration.joint_draws import Observed, Shown
from regraft.calibration.targets import TargetKind, load_targets
from regraft.calibration.treatment_rows import treatment_targets
from regraft.core.errors import InputError
from regraft.core.posterior import Posterior, load_posterior
from regraft.core.streams import Purpose, fill_normals
from regraft.evidence.registry import list_trials, load_trial
from regraft.evidence.schema import Role

TRIALS, TREATMENT = load_targets(), treatment_targets()
RATES = tuple(target for target in TREATMENT if target.kind is TargetKind.RATE)[:12]
DRAWS, PEOPLE = 80, 10.0


def posterior() -> Posterior:
    """Return the posterior of this version with its ranges alone."""
    found = load_posterior(of_ranges=True)
    assert found is not None
    return found


def shown_under(draws: Posterior) -> Shown:
    """Return rows that each follow one sampled parameter, with the luck of so many people."""
    z = draws.sampled_z()
    luck = np.zeros(len(RATES) * len(z))
    fill_normals(1, 1, int(Purpose.CALIBRATION), 0, 0, luck)
    treatment = [i for i, entry in enumerate(draws.sampled) if entry.block == "treatment"]
    height = 0.3 * z[:, treatment[: len(RATES)]].T + 0.1 * luck.reshape(len(RATES), len(z))
    middle = np.log([target.value for target in RATES])[:, None]
    return Shown(values=np.exp(middle + 0.2 + height), sizes=np.full(height.shape, PEOPLE))


def conditioning(values: tuple[float, ...] | None = None) -> Conditioning:
    """Return two steps over the rows, with other published values where they are given."""
    rows = RATES if values is None else tuple(replace(t, value=v) for t, v in zip(RATES, values, strict=True))
    observed = Observed(targets=rows)
    chance = np.full(len(rows), PEOPLE * 0.01)
    first = draws_of(posterior(), DRAWS, None)
    done = begin(observed, learn(first, shown_under(first), observed, chance), chance)
    there = draws_of(posterior(), DRAWS, done.halfway(2))
    return go_on(done, learn(there, shown_under(there), observed, chance))


def test_values_that_are_used_are_met_more_closely_and_draws_follow() -> None:
    done = conditioning()
    before, after = done.before(), done.after()
    assert done.used.all()
    assert np.mean(after.of_model / before.of_model) < 0.8
    surprise = np.abs(done.seen.values - after.mean)
    assert surprise.mean() < 0.5 * np.abs(done.seen.values - before.mean).mean()
    drawn = shown_under(draws_of(posterior(), DRAWS, done.conditioned()))
    assert np.log(drawn.values).mean(axis=1) == pytest.approx(after.mean, abs=0.06)


def test_what_other_studies_say_of_a_row_does_not_hang_on_its_own_study() -> None:
    values = [target.value for target in RATES]
    study = RATES[0].cohort_group
    others = [t.value * 1.2 if t.cohort_group == study else t.value for t in RATES]
    assert others != values
    one, other = conditioning(), conditioning(tuple(others))
    own = np.array([target.cohort_group == study for target in RATES])
    alone, changed = (done.belief(~own).centre for done in (one, other))
    assert np.abs(one.belief().centre - other.belief().centre).max() > 0.05
    # the second surfaces are learned where all rows led: the same slopes within their luck, never the row itself
    assert np.abs(alone - changed).max() < 0.05


def test_a_posterior_that_never_saw_a_cohort_group_is_conditioned_without_all_of_its_rows() -> None:
    rows = (*TRIALS, *TREATMENT)
    groups, seen = groups_of(rows), seen_by(rows, "ottawa")
    left = {target.study for target, is_seen in zip(rows, seen, strict=True) if not is_seen}
    assert "atkins-2016" in left
    assert all((group == "ottawa") != is_seen for group, is_seen in zip(groups, seen, strict=True))
    assert any(target.study == "atkins-2016" and target in TREATMENT for target in rows)


def test_a_row_of_a_study_that_judges_is_refused() -> None:
    judged = next(name for name in list_trials() if load_trial(name).use.role is Role.SCORE)
    with pytest.raises(InputError, match=rf"{judged}.*must never be fitted"):
        groups_of((replace(TRIALS[0], study=judged),))


def test_the_luck_of_people_is_told_by_repeats_and_unknown_where_they_show_nothing() -> None:
    values = np.stack([np.exp([0.1, -0.1, 0.1, -0.1]), [np.nan, np.nan, np.nan, 1.0]])
    found = chance_of(Shown(values=values, sizes=np.full((2, 4), PEOPLE)), RATES[:2])
    assert found[0] == pytest.approx(PEOPLE * 0.04 / 3.0)
    assert np.isnan(found[1])
