"""The treatment sections of a protocol: what they say and what they refuse."""

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.settings import validate
from regraft.physiology.world import Drug as SimulatedDrug
from regraft.treatment.drug_rules import RULES, DrugName, dose_limits
from regraft.treatment.drugs import Drug
from regraft.treatment.protocol import Conditioning
from regraft.trial.protocol import load_protocol

BUSULFAN = {
    "name": "busulfan",
    "route": "iv",
    "dose": 0.8,
    "unit": "mg/kg",
    "first_day": -10,
    "last_day": -8,
    "doses_per_day": 4,
    "infusion_hours": 2.0,
    "target_auc_mg_h_per_l": 55.0,
    "adjust_after_dose": 4,
}


def test_the_atkins_regimen_adds_up_to_its_registered_totals():
    drugs = load_protocol("atkins-2016").treatment.conditioning.drug
    totals = {str(drug.name): round(drug.total_dose, 9) for drug in drugs}
    assert totals == {"busulfan": 9.6, "cyclophosphamide": 200.0, "rabbit_atg": 5.0}


def test_doses_are_spread_evenly_from_the_start_of_the_first_day():
    drug = validate(Drug, BUSULFAN, "f")
    times = drug.dose_times_days()
    assert len(times) == drug.doses == 12
    assert times[:5] == (-10.0, -9.75, -9.5, -9.25, -9.0)
    assert times[-1] == -7.25


def test_the_amendment_puts_oral_busulfan_in_the_place_of_the_intravenous():
    treatment = load_protocol("atkins-2016").treatment
    written, amended = treatment.versions
    assert [str(drug.route) for drug in written.drug] == ["iv", "iv", "iv"]
    assert [str(drug.route) for drug in amended.drug] == ["oral", "iv", "iv"]
    assert amended.drug[0].total_dose == 16.0


def test_every_drug_that_can_be_named_is_simulated():
    assert set(RULES) == set(DrugName)
    assert {name.name for name in DrugName} <= {drug.name for drug in SimulatedDrug}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"first_day": -7, "last_day": -9}, "last_day"),
        ({"dose": 0.0}, "dose"),
        ({"dose": 40.0}, "dose"),
        ({"dose": 3.2}, "dose"),
        ({"unit": "Gy"}, "unit"),
        ({"dose": 161.0, "unit": "mg/m2"}, "dose"),
        ({"unit": "mg/m2", "dosing_weight": "ideal"}, "dosing_weight"),
        ({"bsa_maximum_m2": 2.0}, "bsa_maximum_m2"),
        ({"dose_maximum_mg": 60.0, "round_to_mg": 100.0}, "round_to_mg"),
        ({"target_css_ng_per_ml": 900.0}, "target_css_ng_per_ml"),
        ({"target_auc_mg_h_per_l": None}, "target_auc_mg_h_per_l"),
        ({"dosing_weight": "stated"}, "dosing_weight"),
        ({"route": "oral"}, "infusion_hours"),
        ({"infusion_hours": 7.0}, "infusion_hours"),
        ({"adjust_after_dose": 12}, "adjust_after_dose"),
        ({"adjust_after_dose": None}, "adjust_after_dose"),
        ({"doses_per_day": 0}, "doses_per_day"),
        ({"name": "cyclophosphamide"}, "target_auc_mg_h_per_l"),
        ({"name": "rabbit_atg", "route": "oral", "infusion_hours": 0.0}, "route"),
    ],
)
def test_an_impossible_dose_is_refused_at_its_key(change, key):
    with pytest.raises(SettingsProblem) as caught:
        validate(Drug, {**BUSULFAN, **change}, "f")
    assert caught.value.key == key


def test_every_simulated_drug_has_a_rule_within_reason():
    for name, rule in RULES.items():
        assert rule.routes, name
        limits = dose_limits(name)
        assert limits, name
        assert all(0 < limit.low < limit.high <= (limit.total or 0) for limit in limits.values()), name


def test_the_first_and_last_day_of_conditioning_are_those_of_its_drugs():
    conditioning = load_protocol("atkins-2016").treatment.conditioning
    assert (conditioning.first_day, conditioning.last_day) == (-10, -1)
    with pytest.raises(SettingsProblem, match="empty list"):
        validate(
            Conditioning,
            {"starts_weeks_after_harvest": 6, "dosing_weight": "adjusted", "reinfusion_day": 0, "drug": []},
            "f",
        )
