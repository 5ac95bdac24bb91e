"""A mix of drugs: what a day's licences leave of it, what people start with, and what the protocol says of it."""

from datetime import date

import pytest

from regraft.core.errors import SettingsProblem
from regraft.therapy.drugs import Drug
from regraft.trial.arms import Arm, ArmTreatment
from regraft.trial.arms_prose import arms
from regraft.trial.drug_mix import first_drugs, open_lists
from regraft.trial.protocol import FOLDER, load_protocol

MIX = [
    {"drugs": ["interferon_beta", "natalizumab"], "patients": 30},
    {"drugs": ["fingolimod", "natalizumab"], "patients": 10},
]
ARM = Arm(name="drugs", treatment=ArmTreatment.DRUGS, mix=MIX)
MIST = load_protocol("mist-2019-randomised")


def test_a_drug_is_left_out_of_its_list_until_it_is_licensed():
    both = (Drug.INTERFERON_BETA, Drug.NATALIZUMAB)
    assert open_lists(ARM.mix, date(2011, 1, 1)) == [(30.0, both), (10.0, (Drug.FINGOLIMOD, Drug.NATALIZUMAB))]
    assert open_lists(ARM.mix, date(2005, 1, 1)) == [(30.0, both), (10.0, (Drug.NATALIZUMAB,))]
    assert open_lists(ARM.mix, date(2000, 1, 1)) == [(30.0, (Drug.INTERFERON_BETA,))]
    assert open_lists(ARM.mix, date(1990, 1, 1)) == [(1.0, ())]


def test_what_people_start_with_is_the_mean_over_accrual():
    accrual = MIST.accrual.model_copy(update={"first_enrolment": date(2015, 1, 1), "months": 12})
    assert first_drugs(ARM, accrual) == pytest.approx({Drug.INTERFERON_BETA: 0.75, Drug.FINGOLIMOD: 0.25})
    half = accrual.model_copy(update={"first_enrolment": date(2009, 9, 7), "months": 24})  # licensed half-way
    expected = {Drug.INTERFERON_BETA: 0.75, Drug.NATALIZUMAB: 0.125, Drug.FINGOLIMOD: 0.125}
    assert first_drugs(ARM, half) == pytest.approx(expected, abs=0.001)


def test_the_protocol_says_that_an_arm_is_a_mix_and_what_licences_leave_of_it():
    said = next(sentence for sentence in arms(MIST) if sentence.startswith("Arm “drugs”"))
    assert "a mix: 22 of 76 natalizumab, then mitoxantrone; 18 of 76 dimethyl fumarate, then natalizumab;" in said
    assert "Nobody draws a drug before its licence, so that people start with 50% natalizumab" in said
    today = MIST.accrual.model_copy(update={"first_enrolment": date(2020, 1, 1)})
    assert "licence" not in " ".join(arms(MIST.model_copy(update={"accrual": today})))


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        ('[{ drugs = ["natalizumabb"], patients = 2 }, { drugs = ["fingolimod"], patients = 1 }]', "mean natalizumab?"),
        (
            '[{ drugs = ["natalizumab"], patients = -2 }, { drugs = ["fingolimod"], patients = 1 }]',
            "patients = -2: must",
        ),
        ('[{ drugs = ["natalizumab"], patients = 2 }]', "mix = 'natalizumab': a mix has two parts or more"),
        ('[{ drugs = ["natalizumab"], patients = 2 }, { mix = [] }]', r"mix\[1\].mix: a part of a mix cannot be a mix"),
    ],
)
def test_a_mix_that_cannot_be_is_refused_with_file_key_value_and_remedy(tmp_path, mix, words):
    text = (FOLDER / "mist-2019-randomised.toml").read_text(encoding="utf-8")
    before, _, rest = text.partition("mix = [\n")
    path = tmp_path / "arms.toml"
    path.write_text("".join((before, "mix = ", mix, "\n", rest.partition("\n]\n")[2])), encoding="utf-8")
    with pytest.raises(SettingsProblem, match=words) as caught:
        load_protocol(path)
    assert str(caught.value).startswith(f"{path}: arm[1].mix")
