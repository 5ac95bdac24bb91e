"""A mix of regimens: read from the protocols it names, drawn for each person, given as they have it, and told."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from plans import plan_of

from regraft.core.errors import InputError, SettingsProblem
from regraft.prediction.compare import regimen_of
from regraft.treatment.plan import compile_treatment
from regraft.trial.calendar import make_calendar
from regraft.trial.follow_up import _days_planned
from regraft.trial.prose import write
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.run import run_batches

MIX = """like = "cy-atg"
name = "my-cohort"
title = "People after two conditionings"
patients = 20

[[mix]]
patients = 12

[[mix]]
regimen = "beam-atg"
patients = 8
"""
BEAM = load_protocol("beam-atg").treatment


def _mixed(folder: Path, old: str = "", new: str = "") -> Protocol:
    assert old in MIX
    path = folder / "my-cohort.toml"
    path.write_text(MIX.replace(old, new, 1) if old else MIX, encoding="utf-8")
    return load_protocol(path)


@pytest.fixture
def mixed(tmp_path) -> Protocol:
    return _mixed(tmp_path)


def test_a_part_has_the_conditioning_of_the_protocol_it_names(mixed):
    own, other = mixed.treatment.versions
    assert own == load_protocol("cy-atg").treatment.conditioning
    assert other == BEAM.conditioning


def test_every_regimen_of_a_mix_becomes_the_numbers_that_its_own_protocol_has(mixed):
    plans, beam = compile_treatment(mixed.treatment), compile_treatment(BEAM)
    assert plans.titles == ("as the protocol says", "beam-atg")
    rows = beam.doses[0]
    assert np.array_equal(plans.doses[1][: len(rows)], rows)
    assert not plans.doses[1][len(rows) :].any()
    names = ("conditioning_kind", "starts_weeks_after_harvest", "conditioning_first_day", "total_melphalan_mg_per_m2")
    assert [plans.settings[1][name] for name in names] == [beam.settings[0][name] for name in names]
    assert plans.settings[1]["selection"] == plans.settings[0]["selection"]


def test_everybody_draws_a_regimen_that_nobody_else_moves(mixed):
    calendar = make_calendar(mixed, 0, 2000, 1)
    assert calendar.variant.mean() == pytest.approx(0.4, abs=0.03)
    assert np.array_equal(make_calendar(mixed, 30, 20, 1).variant, calendar.variant[30:50])
    other = make_calendar(load_protocol("cy-atg").model_copy(update={"patients": 20}), 0, 2000, 1)
    assert not other.variant.any()
    assert np.array_equal(other.enrolment_day, calendar.enrolment_day)
    assert np.array_equal(other.withdrawal_day, calendar.withdrawal_day)


def test_reinfusion_is_planned_by_the_regimen_drawn(mixed):
    beam, own = _days_planned(BEAM), _days_planned(load_protocol("cy-atg").treatment)
    moved = mixed.treatment.harvest.first_day - BEAM.harvest.first_day
    assert _days_planned(mixed.treatment).tolist() == [own[0], beam[0] + moved]


def test_a_conditioning_written_in_the_file_is_a_part_too(tmp_path):
    drug = BEAM.conditioning.drug[0]
    written = f"""patients = 8
[mix.conditioning]
starts_weeks_after_harvest = 4
reinfusion_day = 0
[[mix.conditioning.drug]]
name = "{drug.name}"
route = "iv"
dose = {drug.dose}
unit = "{drug.unit}"
first_day = -6
last_day = -6
doses_per_day = 1
infusion_hours = 1.0
"""
    own = _mixed(tmp_path, "patients = 8\n", written)
    assert [one.name for one in own.treatment.versions[1].drug] == [drug.name]
    assert own.treatment.mix[1].regimen == "beam-atg"
    with pytest.raises(SettingsProblem, match=r"mix\[1\].regimen: missing"):
        _mixed(tmp_path, 'regimen = "beam-atg"\npatients = 8\n', written)
    with pytest.raises(SettingsProblem, match=r"mix\[1\].conditioning.drug\[0\].last_day = 1: carmustine cannot"):
        _mixed(tmp_path, "patients = 8\n", written.replace("_day = -6", "_day = 1"))


def test_a_path_is_seen_from_the_file_that_names_it(tmp_path):
    (tmp_path / "ours.toml").write_text('like = "beam-atg"\n[conditioning.drug.melphalan]\ndose = 100.0\n', "utf-8")
    mixed = _mixed(tmp_path, '"beam-atg"', '"ours.toml"')
    assert mixed.treatment.mix[1].regimen == "ours"
    assert {str(one.name): one.dose for one in mixed.treatment.versions[1].drug}["melphalan"] == 100.0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"beam-atg"', '"beam-agt"', r"mix\[1\].regimen = 'beam-agt': no protocol of this name. Did you mean beam-atg"),
        ('regimen = "beam-atg"\n', "", r"mix\[1\] = '\[conditioning\] of this file': the same as part 1. Join the two"),
        ("[[mix]]\npatients = 12\n", "", "mix = 'beam-atg': a mix has two parts or more. Add the others"),
        ("= 12", '= 12\nregimen = "cy-atg"', "nobody gets the .* Leave out `regimen` in the part that gets it"),
        ("patients = 12", "share = 0.6", r"mix\[1\].patients = 8: 1 of the 2 parts have a share"),
        ("= 12", "= -12", r"mix\[0\].patients = -12: must not be below 1"),
        ("= 12", "= 12\nmix = []", r"mix\[0\].mix: a part of a mix cannot be a mix itself"),
        ('"beam-atg"', '"my-cohort.toml"', "this protocol is a mix itself. Name the protocols of its parts"),
        ('"cy-atg"', '"atkins-2016"', "amendment.* gives the first patients another regimen already. Keep one"),
    ],
)
def test_a_mix_that_cannot_be_is_refused_with_file_key_value_and_remedy(tmp_path, old, new, words):
    with pytest.raises(SettingsProblem, match=words) as caught:
        _mixed(tmp_path, old, new)
    assert str(caught.value).startswith(f"{tmp_path / 'my-cohort.toml'}: mix")


def test_the_protocol_says_plainly_that_it_is_a_mix(mixed):
    text = " ".join(write(mixed).split())
    assert "A mix of regimens: 12 of 20 patients get what is written above." in text
    assert "A mix of regimens: 8 of 20 patients get that of beam-atg: conditioning starts 4 weeks after" in text
    assert "melphalan 140 mg/m2" in text


def test_the_numbers_taken_from_another_protocol_count_as_assumed(mixed):
    source = mixed.sources["mix.conditioning"]
    assert (str(source.origin), source.why) == ("assumed", "as in the protocols named: beam-atg")


def test_one_regimen_is_not_asked_of_a_mix(mixed):
    with pytest.raises(InputError, match=r"\[\[mix\]\] gives people different regimens \(beam-atg\)"):
        regimen_of("my-cohort", lambda _: mixed)


def test_tables_say_what_each_person_was_given(mixed):
    plan = plan_of(mixed, seed=3, years=0.5)
    (batch,) = run_batches(plan, 0, 12, threads=1, batch=12)
    given = batch.study.table("exposures").filter(pl.col("purpose") == "conditioning")
    drugs = {subject: set(rows["drug"]) for (subject,), rows in given.group_by("subject_id")}
    calendar = make_calendar(mixed, 0, 12, 3)
    subjects = batch.study.table("subjects")["subject_id"].to_list()
    assert {0, 1} == set(calendar.variant.tolist())
    expected = [{str(drug.name) for drug in one.drug} for one in mixed.treatment.versions]
    numbered = zip(subjects, calendar.variant.tolist(), strict=True)
    seen = [(drugs[subject], expected[variant]) for subject, variant in numbered if subject in drugs]
    assert len(seen) >= 8
    assert [got for got, due in seen if not got <= due] == []
    assert sum(got == due for got, due in seen) >= 8
