"""Drug effects: onset, full effect, washout, and a null drug."""

import pytest

from regraft.core.parameters import ParameterSet, load_parameters
from regraft.patient.population import EraDrug
from regraft.patient.record import typical_patient
from regraft.therapy.drugs import Drug, drug_code, effect_of

TAKEN = [drug for drug in Drug if drug is not Drug.NONE]


@pytest.fixture(scope="module")
def parameters() -> ParameterSet:
    return load_parameters()


def test_every_drug_that_a_population_may_name_has_a_code_of_its_own() -> None:
    assert sorted(drug_code(drug) for drug in EraDrug) == sorted(Drug)
    assert drug_code(EraDrug.ALEMTUZUMAB) == Drug.ALEMTUZUMAB


def test_no_drug_is_exactly_one(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    assert effect_of(p, int(Drug.NONE), 100.0, -1.0) == (1.0, 1.0, 1.0)
    assert effect_of(p, int(Drug.OCRELIZUMAB), 0.0, -1.0) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("drug", TAKEN)
def test_a_drug_whose_ratios_are_one_is_exactly_one(parameters: ParameterSet, drug: Drug) -> None:
    ones = {f"drugs_{drug.name.lower()}_{what}": 1.0 for what in ("lesions", "relapses", "worsening")}
    p = typical_patient(parameters.replace(ones))[0]
    assert effect_of(p, int(drug), 37.0, -1.0) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("drug", TAKEN)
def test_the_full_effect_is_the_published_ratio(parameters: ParameterSet, drug: Drug) -> None:
    p = typical_patient(parameters)[0]
    name = drug.name.lower()
    lesion, relapse, smouldering = effect_of(p, int(drug), 1000.0, -1.0)
    assert lesion == pytest.approx(parameters[f"drugs_{name}_lesions"].value)
    assert relapse == pytest.approx(parameters[f"drugs_{name}_relapses"].value)
    worsening = parameters[f"drugs_{name}_worsening"].value
    direct = parameters["drugs_direct_progression_share"].value
    assert smouldering == pytest.approx(1.0 - direct * (1.0 - worsening))


@pytest.mark.parametrize("drug", TAKEN)
def test_the_effect_sets_in_and_washes_out(parameters: ParameterSet, drug: Drug) -> None:
    p = typical_patient(parameters.replace({f"rebound_{name}_excess": 0.0 for name in ("natalizumab", "fingolimod")}))[
        0
    ]
    onset = [effect_of(p, int(drug), weeks, -1.0)[0] for weeks in (1.0, 5.0, 20.0, 100.0)]
    washout = [effect_of(p, int(drug), 100.0 + weeks, weeks)[0] for weeks in (0.0, 10.0, 100.0, 2000.0)]
    assert onset == sorted(onset, reverse=True)
    assert washout == sorted(washout)
    assert washout[0] == onset[-1]
    assert washout[-1] == pytest.approx(1.0, abs=0.02)


def test_depleting_and_reconstituting_drugs_last_longer_than_blockers(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    left = [1.0 - effect_of(p, int(d), 156.0, 52.0)[0] for d in (Drug.NATALIZUMAB, Drug.OCRELIZUMAB, Drug.ALEMTUZUMAB)]
    assert left == sorted(left)
    assert left[0] < 0.05


@pytest.mark.parametrize("drug", [Drug.NATALIZUMAB, Drug.FINGOLIMOD])
def test_activity_may_for_a_time_exceed_the_natural_rate(parameters: ParameterSet, drug: Drug) -> None:
    peak = parameters[f"rebound_{drug.name.lower()}_peak_years"].value * 365.25 / 7.0
    p = typical_patient(parameters.replace({f"rebound_{drug.name.lower()}_excess": 1.0}))[0]
    lesion, relapse, smouldering = effect_of(p, int(drug), 500.0 + peak, peak)
    assert lesion > 1.3
    assert relapse > 1.3
    assert smouldering < 1.0
    assert effect_of(p, int(drug), 1000.0, 500.0)[0] == pytest.approx(1.0, abs=0.01)
    assert effect_of(p, int(drug), 500.0, 0.0)[0] < 0.3
