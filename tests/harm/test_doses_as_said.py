"""What is dosed is what prose and tables say was dosed: kernels, exposures and sentences held against each other."""

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import plan_of

from regraft.core.parameters import ParameterSet
from regraft.core.settings import validate
from regraft.treatment.cohort import draw_cohort
from regraft.treatment.doses import Dose, dosing_size, ordered_mg
from regraft.treatment.drugs import DosingWeight, Drug
from regraft.treatment.plan import compile_treatment
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.given_doses import dosing_sizes, total_given
from regraft.trial.protocol import list_protocols, load_protocol
from regraft.trial.run import run_batches
from regraft.trial.treatment_prose import drug_sentence

PEOPLE = 12


@pytest.fixture(scope="module")
def records(parameters: ParameterSet) -> np.ndarray:
    return draw_cohort(parameters, PEOPLE, seed=5).records


def kernel_totals(treatment: TreatmentProtocol, records: np.ndarray, factor: float) -> list[dict[str, np.ndarray]]:
    """Return mg of every drug that the kernels order for each person, by variant; `factor` after the adjustment."""
    plans = compile_treatment(treatment)
    found = []
    for variant in range(len(plans.settings)):
        rows, drugs = plans.doses[variant], treatment.conditioning.drug
        if variant:
            drugs = treatment.amended(treatment.amendment[variant - 1])
        codes = list(dict.fromkeys(int(row[Dose.DRUG]) for row in rows if row[Dose.AMOUNT] > 0))
        first = {int(row[Dose.DRUG]): row[Dose.AMOUNT] for row in rows if row[Dose.AMOUNT] > 0}
        assert len(codes) == len(drugs)
        totals = {}
        for drug in drugs:
            code = next(c for c in codes if first[c] == pytest.approx(drug.dose_in_mg) and str(drug.name) not in totals)
            codes.remove(code)
            mine = [i for i in range(len(rows)) if rows[i, Dose.AMOUNT] > 0 and int(rows[i, Dose.DRUG]) == code]
            assert len(mine) == drug.doses
            totals[str(drug.name)] = np.array(
                [
                    sum(ordered_mg(rows, i, changed(rows[i], factor), one) for i in mine)
                    / dosing_size(rows[mine[0], Dose.BASIS], rows[mine[0], Dose.SURFACE_MAXIMUM_M2], one)
                    for one in records
                ]
            )
        found.append(totals)
    return found


def changed(row: np.ndarray, factor: float) -> float:
    return factor if row[Dose.TARGET_AUC] > 0 and row[Dose.NUMBER] > row[Dose.ADJUST_AFTER] else 1.0


@pytest.mark.parametrize("name", list_protocols())
def test_tables_say_what_the_kernels_order(name: str, records: np.ndarray) -> None:
    treatment = load_protocol(name).treatment
    weight = DosingWeight(treatment.conditioning.dosing_weight)
    for variant, kernels in enumerate(kernel_totals(treatment, records, 1.3)):
        drugs = treatment.amended(treatment.amendment[variant - 1]) if variant else treatment.conditioning.drug
        for drug in drugs:
            said = total_given(drug, weight, np.full(PEOPLE, drug.doses), np.full(PEOPLE, 1.3), records)
            unit = drug.dose / drug.dose_in_mg
            np.testing.assert_allclose(said, kernels[str(drug.name)] * unit, rtol=1e-12, err_msg=str(drug.name))


ORDERS = st.fixed_dictionaries(
    {
        "dose": st.floats(0.5, 1.2),
        "doses_per_day": st.sampled_from([1, 2, 4]),
        "last_day": st.integers(-10, -7),
        "dosing_weight": st.sampled_from([str(weight) for weight in DosingWeight]),
        "round_to_mg": st.sampled_from([None, 0.5, 2.0, 10.0]),
        "dose_maximum_mg": st.sampled_from([None, 61.0, 90.0]),
    }
)


@settings(max_examples=30, deadline=None)
@given(order=ORDERS, factor=st.floats(0.5, 2.0), monitored=st.booleans())
def test_any_dose_with_caps_rounding_weights_and_monitoring_is_in_the_tables_as_ordered(
    records: np.ndarray, order: dict[str, object], factor: float, *, monitored: bool
) -> None:
    written = load_protocol("bu-cy-atg-iv-9.6").treatment.model_dump(mode="json")
    written["conditioning"]["drug"][0] |= order
    if monitored and (order["doses_per_day"], order["last_day"]) != (1, -10):
        written["conditioning"]["drug"][0] |= {"target_auc_mg_h_per_l": 60.0, "adjust_after_dose": 1}
    treatment = validate(TreatmentProtocol, written, "f")
    drug = treatment.conditioning.drug[0]
    kernels = kernel_totals(treatment, records, factor)[0]["busulfan"]
    said = total_given(drug, DosingWeight.ACTUAL, np.full(PEOPLE, drug.doses), np.full(PEOPLE, factor), records)
    np.testing.assert_allclose(said, kernels, rtol=1e-12)


@pytest.mark.parametrize("name", list_protocols())
def test_prose_says_the_doses_of_the_plan(name: str) -> None:
    treatment = load_protocol(name).treatment
    weight = DosingWeight(treatment.conditioning.dosing_weight)
    rows = compile_treatment(treatment).doses[0]
    for drug in treatment.conditioning.drug:
        sentence = drug_sentence(drug, weight)
        mine = rows[np.isclose(rows[:, Dose.AMOUNT], drug.dose_in_mg)]
        in_all = re.search(r"([\d.]+) \S+ in all", sentence)
        assert in_all is not None
        assert float(in_all.group(1)) == pytest.approx(drug.dose * drug.doses, rel=1e-5), sentence
        assert f"{drug.dose:g} {drug.unit}" in sentence
        assert len(mine) >= drug.doses
        for limit, column in ((drug.dose_maximum_mg, Dose.MAXIMUM_MG), (drug.round_to_mg, Dose.ROUND_TO_MG)):
            assert (limit is None) or (f"{limit:g} mg" in sentence and (mine[:, column] == limit).any())


def one_drug(frame: pl.DataFrame, drug: str) -> pl.DataFrame:
    return frame.filter((pl.col("drug") == drug) & (pl.col("purpose") == "conditioning")).sort("subject_id")


def test_a_simulated_trial_writes_down_what_its_patients_were_given(parameters: ParameterSet) -> None:
    protocol = load_protocol("cy-rituximab")
    plan = plan_of(protocol, seed=3, years=1.0, parameters=parameters)
    batch = next(iter(run_batches(plan, 0, 24, threads=1, batch=24)))
    rituximab = next(drug for drug in protocol.treatment.conditioning.drug if drug.round_to_mg is not None)
    told = one_drug(batch.study.table("exposures"), str(rituximab.name))["dose"].to_numpy()
    size = dosing_sizes(rituximab, DosingWeight.ACTUAL, batch.course.records)
    vials = told * np.round(size, 12)[: len(told)] / rituximab.round_to_mg / rituximab.doses if len(told) == 24 else []
    assert len(told) > 20
    assert len(set(np.round(told, 3))) > 3, "rounding to vials gives everybody another dose per square metre"
    np.testing.assert_allclose(vials, np.round(vials), atol=0.01)


def test_a_drug_without_limits_is_given_as_written(records: np.ndarray) -> None:
    drug = validate(
        Drug,
        {
            "name": "melphalan",
            "route": "iv",
            "dose": 140.0,
            "unit": "mg/m2",
            "first_day": -1,
            "last_day": -1,
            "doses_per_day": 1,
            "infusion_hours": 0.5,
        },
        "f",
    )
    given_all = total_given(drug, DosingWeight.ACTUAL, np.ones(PEOPLE, np.int64), np.ones(PEOPLE), records)
    np.testing.assert_allclose(given_all, 140.0, rtol=1e-12)
    none = total_given(drug, DosingWeight.ACTUAL, np.zeros(PEOPLE, np.int64), np.ones(PEOPLE), records)
    assert (none == 0).all()
