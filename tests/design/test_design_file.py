"""The design file: read, refused in words, and turned into what the methods take."""

import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from regraft.core.errors import InputError, SettingsProblem
from regraft.core.settings import list_names
from regraft.design import file as design_file
from regraft.design.file import FOLDER, Design, load_design
from regraft.design.looks.boundaries import boundaries
from regraft.design.looks.characteristics import operating
from regraft.design.looks.conditional import Seen, conditional_power, drift_seen
from regraft.design.planned import (
    look_plan,
    planned_boundaries,
    planned_recruitment,
    safety_boundary,
    updated_plan,
)
from regraft.design.survival.log_rank_size import log_rank_drift

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "format-design.md").read_text(encoding="utf-8")
HEAD = 'name = "d"\n[hypothesis]\nestimand = "x"\ntest = "log_rank"\n'


def written(tmp_path, text):
    path = tmp_path / "design.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", list_names(FOLDER))
def test_every_design_that_comes_with_regraft_can_be_read(name):
    design = load_design(name)
    assert design.name == name
    for one in design.safety:
        assert safety_boundary(one).alpha <= one.alpha


def test_every_key_is_on_the_page():
    models = [one for one in vars(design_file).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    said = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`[^`]+`", prose))))
    keys = {field.alias or key for model in models for key, field in model.model_fields.items()}
    assert keys - said == set()
    assert {"at_look", "refuses_drug_arm_pct", "free_pct"} <= keys


def test_the_shipped_trial_with_looks_has_the_power_it_says():
    found = planned_boundaries(load_design("beat-ms-like"))
    assert operating(found, log_rank_drift(0.5, 70)).power == pytest.approx(0.80, abs=0.005)


def test_futility_by_conditional_power_becomes_the_bound_at_which_it_is_that():
    design = load_design("beat-ms-like")
    found, without = (
        planned_boundaries(design),
        boundaries(look_plan(design.model_copy(update={"looks": _bare(design)}))),
    )
    seen = Seen(look=1, z=float(found.lower[0]))
    assert conditional_power(without, seen, drift_seen(without, seen)) == pytest.approx(0.1, abs=1e-9)


def _bare(design):
    return design.looks.model_copy(update={"futility": None})


@pytest.mark.parametrize(
    ("rule", "lower"),
    [
        ('rule = "z", z = [0.5]', 0.5),
        ('rule = "hazard_ratio", below = 1.0', 0.0),
        ('rule = "beta_spending"', None),
        ('rule = "predictive_power", below = 0.1', None),
        ('rule = "conditional_power", below = 0.1, under = "planned"', None),
        ('rule = "conditional_power", below = 0.1, under = "none", binding = true', None),
    ],
)
def test_every_futility_rule_has_a_bound_on_z(tmp_path, rule, lower):
    text = f'{HEAD}[looks]\nby = "events"\nat = [40, 66]\nfutility = {{ {rule} }}\n'
    found = planned_boundaries(load_design(written(tmp_path, text)))
    assert np.isfinite(found.lower[0])
    assert found.lower[0] < found.upper[0]
    if lower is not None:
        assert found.lower[0] == pytest.approx(lower)


@pytest.mark.parametrize(
    "spending",
    [
        "obrien_fleming",
        "pocock",
        "hwang_shih_decani",
        "power",
        "wang_tsiatis",
        "haybittle_peto",
    ],
)
def test_every_efficacy_rule_can_be_written(tmp_path, spending):
    text = f'{HEAD}[looks]\nby = "patients"\nfractions = [0.5, 1]\nefficacy = {{ spending = "{spending}" }}\n'
    found = planned_boundaries(load_design(written(tmp_path, text)))
    assert operating(found, 0.0, obey_futility=False).power == pytest.approx(0.025, abs=1e-10)


def test_bounds_follow_the_information_that_is_really_there(tmp_path):
    design = load_design(written(tmp_path, f'{HEAD}[looks]\nby = "events"\nat = [40, 66]\n'))
    assert boundaries(updated_plan(design, 1, 45)).upper == pytest.approx([2.47627192, 1.99599937], abs=1e-6)
    # an overrun: looked at 40 of planned 66, ended at 72
    assert boundaries(updated_plan(design, 2, 72)).upper == pytest.approx([2.65311037, 1.98642146], abs=1e-6)
    with pytest.raises(InputError, match="the design has 2"):
        updated_plan(design, 3, 80)


def test_recruits_of_a_site_nobody_planned_are_refused():
    with pytest.raises(InputError, match=r"no site 'Z' in the design\. Known: A, B, C"):
        planned_recruitment(load_design("single-arm"), {"Z": 3}, 6.0)
    with pytest.raises(InputError, match="has no looks"):
        look_plan(load_design("single-arm"))


LOOKS = '[looks]\nby = "events"\n'
SAFETY = '[[safety]]\ncounts = "death"\narm = "a"\nnull_pct = 3\npatients = 50\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + LOOKS + "at = [66, 40]\n", "looks.at.*increase"),
        (HEAD + LOOKS + "fractions = [0.5, 0.9]\n", "the last look is not the end"),
        (HEAD + LOOKS, "either at or fractions"),
        (HEAD + LOOKS + "at = [40, 66]\nfractions = [0.5, 1]\n", "give either at or fractions"),
        (HEAD + LOOKS + "ats = [40, 66]\n", "looks.ats.*unknown key"),
        (HEAD + "[recruitmnet]\npatients = 5\n", "Did you mean recruitment"),
        (HEAD.replace("log_rank", "logrank"), "Did you mean log_rank"),
        (HEAD.replace("log_rank", "exact_binomial"), "hypothesis.reference.*missing"),
        (HEAD + "alpha = 1.5\n", "hypothesis.alpha"),
        (HEAD + LOOKS + 'at = [40, 66]\nfutility = { rule = "conditional_power" }\n', "futility.below.*missing"),
        (HEAD + SAFETY + 'rule = "sprt"\n', "alternative_pct.*missing"),
        (HEAD + SAFETY + 'rule = "beta_binomial"\nprior = { events = 5, patients = 5 }\n', "not below the patients"),
        (HEAD + SAFETY.replace("50", "0") + 'rule = "pocock"\n', "patients"),
        (HEAD + '[reestimation]\nat_look = 1\nkind = "blinded"\nmaximum_patients = 9\n', "no look to re-estimate at"),
        (
            HEAD + LOOKS + 'at = [5, 9]\n[reestimation]\nat_look = 2\nkind = "blinded"\nmaximum_patients = 9\n',
            "there are 1 interim looks",
        ),
        (HEAD + "[recruitment]\npatients = 9\nsites = []\n", "recruitment.sites"),
        (HEAD + '[recruitment]\npatients = 9\nsites = [{ name = "A", per_month = 0 }]\n', "per_month"),
        (HEAD + '[[candidate]]\nname = "a"\n[[candidate]]\nname = "a"\n', "two have this name"),
        (HEAD + '[[candidate]]\nname = "a"\npatients = 1\n', "patients"),
        (
            HEAD.replace("log_rank", "exact_binomial") + "reference = { free_pct = 50, years = 3 }\n"
            '[[estimand]]\nname = "x"\nendpoint = "relapse"\nyears = 1\ndeath = "event"\n',
            "hypothesis.reference.years = 3.*read at 1 years.*same years",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(tmp_path, text, said):
    with pytest.raises(SettingsProblem, match=said):
        load_design(written(tmp_path, text))


def test_alpha_spent_over_one_and_a_rule_without_a_scale_are_refused(tmp_path):
    over = f'{HEAD}{LOOKS}at = [40, 66]\nefficacy = {{ spending = "user", cumulative = [0.01, 1.2] }}\n'
    with pytest.raises(InputError, match=r"1\.2 is over 1"):
        planned_boundaries(load_design(written(tmp_path, over)))
    no_events = f'{HEAD}[looks]\nby = "calendar"\nat = [24, 48]\nfutility = {{ rule = "hazard_ratio", below = 1.0 }}\n'
    with pytest.raises(InputError, match="needs looks by events"):
        planned_boundaries(load_design(written(tmp_path, no_events)))


def test_the_whole_file_of_the_brief_is_understood(tmp_path):
    text = HEAD + (
        "max_combo = [[0, 0], [0, 0.5]]\n"
        'win_order = [ { endpoint = "death" }, { endpoint = "relapse", margin_days = 7 } ]\n'
        '[looks]\nby = "events"\nat = [40, 66]\nefficacy = { spending = "obrien_fleming", at = [true, true] }\n'
        '[reestimation]\nat_look = 1\nkind = "promising_zone"\nzone = [0.3, 0.8]\nmaximum_patients = 160\n'
        '[borrowing]\narm = "drugs"\nfrom = ["own.yaml"]\nprior = { kind = "robust_map", weak_weight = 0.2 }\n'
        "[dropout]\nannual_pct = { transplantation = 3, drugs = 5 }\nafter_event_ratio = 2.0\n"
        '[[scenario]]\nname = "no effect"\neffect_share = 0.0\n'
        '[[candidate]]\nname = "BEAM"\nvary = { "conditioning" = "beam-atg" }\n[run]\ntrials = 10000\nseed = 2016\n'
    )
    design = load_design(written(tmp_path, text))
    assert isinstance(design, Design)
    assert design.borrowing.from_ == ("own.yaml",)
    assert design.reestimation.zone == (0.3, 0.8)
