"""A death has its fatal event, one episode stands once, and nobody loses cycles that had ended."""

import numpy as np
import pytest

from regraft.clinical.complications import Complication, DeathCause
from regraft.physiology.infection import Prophylaxis, _fungi, _neutropenic, cmv_season
from regraft.physiology.late_effects import Burden, late_effects, natural_menopause_years
from regraft.physiology.mortality import mortality_day
from regraft.physiology.signs import is_febrile, record, runs_into
from regraft.physiology.world import BODY, MARROW, Body, Memory, Tally


@pytest.fixture
def body() -> Body:
    body = np.zeros(1, dtype=BODY)[0]
    body["seed"], body["patient"] = 5, 1
    body["tally"][Tally.DAY] = 60.0
    body["tally"][Tally.DEATH_DAY] = body["tally"][Tally.FATAL_ROW] = np.nan
    body["tally"][Tally.KARNOFSKY] = 90.0
    body["state"][:] = 0.0
    return body


def rows(body: Body) -> list[tuple[float, ...]]:
    return [tuple(row) for row in body["events"][: int(body["tally"][Tally.EVENTS])]]


def test_an_episode_that_goes_on_is_prolonged_and_a_new_one_is_written_down(body) -> None:
    fever = int(Complication.FEBRILE_NEUTROPENIA)
    assert record(body, fever, 10.0, 13.4, 3.0) == 0
    assert record(body, fever, 14.0, 15.0, 2.0) == 0
    assert record(body, fever, 17.0, 18.0, 3.0) == 1
    assert record(body, int(Complication.SEPSIS), 14.0, 20.0, 4.0) == 2
    assert rows(body) == [(1.0, 10.0, 15.0, 3.0), (1.0, 17.0, 18.0, 3.0), (3.0, 14.0, 20.0, 4.0)]


def test_the_day_after_is_the_same_episode() -> None:
    assert [runs_into(10.0, 13.4, day) for day in (9.0, 10.0, 13.0, 14.0, 15.0)] == [False, True, True, True, False]


def test_febrile_neutropenia_takes_over_a_fever_of_the_drug_and_stands_alone(body, p) -> None:
    body["state"][MARROW + 8] = -10.0  # logarithm of the neutrophils
    body["memory"][Memory.ATG_FEVER_ROW] = 1.0 + record(body, int(Complication.ATG_FEVER), 59.0, 60.5, 2.0)
    sure = p.copy()
    sure["infection_fever_per_day"] = 1e9
    _neutropenic(body, Prophylaxis(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), sure)
    kinds = [row[0] for row in rows(body)]
    assert kinds.count(Complication.FEBRILE_NEUTROPENIA) == 1
    assert Complication.ATG_FEVER not in kinds
    assert rows(body)[0][1] == 60.0


def test_a_fungal_infection_is_found_by_a_fever_that_has_its_event_and_passes(body, p) -> None:
    body["state"][MARROW + 8] = -10.0  # logarithm of the neutrophils
    sure = p.copy()
    sure["infection_fungal_per_day"] = 1e9
    _fungi(body, Prophylaxis(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), sure)
    fungus, fever = rows(body)
    assert (fungus[0], fever[0]) == (Complication.FUNGAL_INFECTION, Complication.FEBRILE_NEUTROPENIA)
    assert is_febrile(body, 60.0, p)
    assert not is_febrile(body, fever[2] + 0.5, p)
    assert fever[2] < fungus[2]


def test_cmv_comes_in_its_weeks(p) -> None:
    early, height, late = (cmv_season(day, p) for day in (7.0, 32.0, 80.0))
    assert early < 0.01
    assert height > 0.9
    assert late < 0.1


@pytest.mark.parametrize(
    ("rate", "memory", "running", "cause", "killer"),
    [
        ("mortality_other_per_day", {}, None, DeathCause.OTHER, Complication.DEATH_NOT_SPECIFIED),
        ("mortality_haemorrhage_per_day", {}, None, DeathCause.HAEMORRHAGE, Complication.HAEMORRHAGE),
        (
            "mortality_fungal_per_day",
            {Memory.FUNGAL_UNTIL: 70.0},
            Complication.FUNGAL_INFECTION,
            DeathCause.SEPSIS,
            Complication.FUNGAL_INFECTION,
        ),
        ("mortality_viral_per_day", {Memory.VIRUSES: 2.0}, None, DeathCause.VIRAL, Complication.EBV_REACTIVATION),
        (
            "mortality_viral_per_day",
            {Memory.VIRUSES: 1.0},
            Complication.CMV_REACTIVATION,
            DeathCause.VIRAL,
            Complication.CMV_REACTIVATION,
        ),
        (
            "mortality_necrosis_per_day",
            {Memory.NECROSIS: 55.0},
            Complication.LIVER_NECROSIS,
            DeathCause.LIVER,
            Complication.LIVER_NECROSIS,
        ),
        ("mortality_necrosis_per_day", {Memory.NECROSIS: 55.0}, None, DeathCause.LIVER, Complication.HEPATIC_FAILURE),
    ],
)
def test_every_cause_of_death_points_at_its_event(body, p, rate, memory, running, cause, killer) -> None:
    sure = p.copy()
    for name in p.dtype.names:
        if name.startswith("mortality_") and name.endswith("_per_day"):
            sure[name] = 1e9 if name == rate else 0.0
    for place, value in memory.items():
        body["memory"][place] = value
    if running is not None:
        record(body, int(running), 58.0, 66.0, 3.0)
    mortality_day(body, sure)
    assert body["tally"][Tally.DEATH_CAUSE] == cause
    fatal = rows(body)[int(body["tally"][Tally.FATAL_ROW])]
    assert fatal[0] == killer
    assert fatal[1] <= 60.0 <= fatal[2]
    assert len(rows(body)) == 1


def test_cycles_end_once_and_are_called_premature_below_forty(body, p) -> None:
    burden = Burden(0.0, 200.0, 0.0, 12.0, 0.0)
    woman = p.copy()
    woman["patient_is_female"] = 1.0
    lost = {}
    for age in (35.0, 43.0, 62.0):
        found = []
        for patient in range(200):
            body["patient"], body["tally"][Tally.EVENTS], body["tally"][Tally.AGE_YEARS] = patient, 0.0, age
            late_effects(body, burden, woman)
            found += [int(row[0]) for row in rows(body) if row[0] in (16, 35)]
        lost[age] = found
    assert set(lost[35.0]) == {Complication.PREMATURE_MENOPAUSE}
    assert set(lost[43.0]) == {Complication.AMENORRHOEA}
    assert 0.8 < len(lost[43.0]) / len(lost[35.0]) < 1.0
    assert len(lost[62.0]) <= 4
    assert natural_menopause_years(0.5, p) == pytest.approx(51.0)


def test_cycles_that_come_back_were_away_for_months(body, p) -> None:
    woman = p.copy()
    woman["patient_is_female"] = 1.0
    months, ended = [], 0
    for patient in range(300):
        body["patient"], body["tally"][Tally.EVENTS], body["tally"][Tally.AGE_YEARS] = patient, 0.0, 28.0
        late_effects(body, Burden(0.0, 0.0, 140.0, 0.0, 0.0), woman)
        kinds = {int(row[0]) for row in rows(body)}
        assert (Complication.PASSING_AMENORRHOEA in kinds) != bool({16, 35} & kinds)
        ended += bool({16, 35} & kinds)
        months += [(row[2] - row[1]) / 30.44 for row in rows(body) if row[0] == Complication.PASSING_AMENORRHOEA]
    assert ended < 150
    assert 3.0 < np.median(months) < 6.0
    assert max(months) <= 24.0
    body["tally"][Tally.EVENTS] = 0.0
    man = p.copy()
    late_effects(body, Burden(0.0, 0.0, 140.0, 0.0, 0.0), man)
    assert all(row[0] != Complication.PASSING_AMENORRHOEA for row in rows(body))


def test_alemtuzumab_makes_platelets_the_target(body, p) -> None:
    platelets = []
    for drug in (0.0, 1.0):
        found = 0
        for patient in range(400):
            body["patient"], body["tally"][Tally.EVENTS], body["tally"][Tally.AGE_YEARS] = patient, 0.0, 35.0
            late_effects(body, Burden(drug, 200.0, 0.0, 0.0, 0.0), p)
            found += any(row[0] == Complication.IMMUNE_THROMBOCYTOPENIA and row[1] < 1887.0 for row in rows(body))
        platelets.append(found / 400)
    assert platelets[0] < 0.04
    assert 0.1 < platelets[1] < 0.25
