"""Drug effects: onset, full effect, washout, and a null drug."""

import numpy as np
import pytest
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet, load_parameters
from regraft.core.streams import normal_quantile
from regraft.core.units import WEEKS_PER_YEAR
from regraft.patient.population import EraDrug
from regraft.patient.record import typical_patient
from regraft.therapy.drugs import Drug, drug_code, effect_of, rebounds
from regraft.verification.disease.people import draw_people

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
    washout = [effect_of(p, int(drug), 100.0 + weeks, weeks)[0] for weeks in (0.0, 10.0, 100.0, 6000.0)]
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
    name = drug.name.lower()
    p = typical_patient(parameters.replace({f"rebound_{name}_excess": 1.0, f"rebound_{name}_share": 1.0}))[0]
    lesion, relapse, smouldering = effect_of(p, int(drug), 500.0 + peak, peak)
    assert lesion > 1.3
    assert relapse > 1.3
    assert smouldering < 1.0
    assert effect_of(p, int(drug), 1000.0, 500.0)[0] == pytest.approx(1.0, abs=0.01)
    assert effect_of(p, int(drug), 500.0, 0.0)[0] < 0.3


def test_two_drugs_that_keep_cells_out_leave_at_two_paces(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    left = {
        drug: 1.0 - effect_of(p, int(drug), 112.0, 8.0)[0]
        for drug in (Drug.NATALIZUMAB, Drug.FINGOLIMOD, Drug.TERIFLUNOMIDE)
    }
    assert left[Drug.FINGOLIMOD] < left[Drug.TERIFLUNOMIDE] < left[Drug.NATALIZUMAB]


def test_a_share_of_people_rebounds_and_more_of_the_active_after_fingolimod(parameters: ParameterSet) -> None:
    prone = np.array([normal_quantile(u) for u in (np.arange(400) + 0.5) / 400])
    assert np.mean([rebounds(z, 0.2) for z in prone]) == pytest.approx(0.2, abs=0.01)
    p = typical_patient(parameters).copy()
    shares = {}
    for drug, peak in ((Drug.NATALIZUMAB, 0.46), (Drug.FINGOLIMOD, 0.12)):
        for rate in (1.0, 20.0):
            p["lesions_rate_per_year"] = rate
            above = 0
            for z in prone:
                p["rebound_proneness"] = z
                weeks = peak * WEEKS_PER_YEAR
                above += effect_of(p[0], int(drug), 500.0 + weeks, weeks)[0] > 1.0
            shares[drug, rate] = above / prone.size
    assert shares[Drug.NATALIZUMAB, 1.0] == shares[Drug.NATALIZUMAB, 20.0] == pytest.approx(0.2, abs=0.01)
    assert shares[Drug.FINGOLIMOD, 1.0] < 0.05
    assert shares[Drug.FINGOLIMOD, 20.0] > 0.15


def test_a_person_who_responds_badly_to_one_drug_does_so_to_another(parameters: ParameterSet) -> None:
    people = draw_people(parameters, "multiple-sclerosis", 1500, 3)

    def logits(name: str) -> NDArray[np.float64]:
        left = people[f"drugs_{name}"]
        return np.log(left / (1.0 - left))

    for one, other, low, high in (
        ("interferon_beta_relapses", "fingolimod_relapses", 0.75, 0.87),
        ("interferon_beta_lesions", "natalizumab_relapses", 0.38, 0.52),
    ):
        assert low < np.corrcoef(logits(one), logits(other))[0, 1] < high
    assert logits("fingolimod_relapses").std() == pytest.approx(1.8, abs=0.1)
