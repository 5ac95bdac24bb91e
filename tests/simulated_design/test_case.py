"""What a design cannot mean is said in one message, with the key and what to write instead."""

import pytest
from synthetic_worlds import design_of

from regraft.core.errors import InputError
from regraft.core.settings import validate
from regraft.design.file import Design
from regraft.simulated_design.case import cases

SITE = {"name": "A", "opens_month": 0.0, "per_month": 1.0}
RULE = {
    "counts": "treatment_related_death",
    "arm": "transplantation",
    "rule": "pocock",
    "null_pct": 3.0,
    "patients": 50,
}
BORROWS = {
    "arm": "drugs",
    "from": ["mist-2019"],
    "endpoint": "disease_activity_free_survival",
    "prior": {"kind": "robust_map"},
}
WORSENING = {"name": "x", "endpoint": "edss_worsening_24w", "years": 2.0, "death": "event"}
COMPOSITE = {
    "name": "x",
    "endpoint": "relapse",
    "years": 2.0,
    "death": "ends_observation",
    "strategy": "composite",
}
SINGLE = {"test": "exact_binomial", "reference": {"free_pct": 50, "years": 2}}
ONE_ARM = {"protocol": "atkins-2016", "hypothesis": SINGLE}
TWO_STAGE = {"by": "patients", "two_stage": "optimal"}
LOOKS = {"by": "events", "at": [30, 60]}
BLIND = {"by": "patients", "fractions": [0.5, 1.0], "efficacy": {"at": [False, True]}}
GROWS = {"at_look": 1, "kind": "promising_zone", "maximum_patients": 200}
ORDER = [{"endpoint": "death"}, {"endpoint": "relapse"}]


def said(design: Design) -> str:
    with pytest.raises(InputError) as problem:
        cases(design)
    return str(problem.value)


def test_an_estimand_that_is_silent_on_death_is_refused():
    design = design_of(protocol="ram-ms", hypothesis={"estimand": "NEDA lost, 2 years"})
    assert "hypothesis.death" in said(design)
    told = design_of(protocol="ram-ms", hypothesis={"estimand": "NEDA lost, 2 years", "death": "event"})
    assert cases(told)[0].question.endpoint == "neda3_failure"


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"hypothesis": {"estimand": "y"}}, "neither the design nor its protocol"),
        ({"estimand": [{"name": "x", "endpoint": "neda5", "years": 2.0, "death": "event"}]}, "never measures"),
        ({"candidate": [{"name": "c", "patients": 2}]}, "an arm could be empty"),
        (
            {"candidate": [{"name": "c", "patients": 50}], "looks": {"by": "events", "at": [40, 66]}},
            "looks.at ends at 66",
        ),
        ({"hypothesis": {"test": "exact_binomial", "reference": {"free_pct": 50, "years": 2}}}, "is for one arm"),
        ({"hypothesis": {"test": "t_test"}}, "is calculated only"),
        ({"hypothesis": {"test": "negative_binomial"}, "estimand": [WORSENING]}, "counts relapses"),
        ({"hypothesis": {"test": "negative_binomial"}}, "ends_observation"),
        ({"hypothesis": {"test": "negative_binomial"}, "estimand": [COMPOSITE]}, "cannot be a failure"),
        ({"hypothesis": {"comparisons": 2}}, "Write comparisons = 1"),
        ({"hypothesis": {"test": "posterior"}, "looks": {"by": "events", "at": [20, 40]}}, "are read once"),
        (ONE_ARM | {"looks": {"by": "patients", "at": [10, 25]}}, "looked at by two stages"),
        (ONE_ARM | {"looks": TWO_STAGE}, "assumed.free_pct"),
        (
            ONE_ARM | {"hypothesis": SINGLE | {"test": "one_sample_log_rank"}, "looks": TWO_STAGE},
            "exact at its end only",
        ),
        (
            ONE_ARM | {"hypothesis": SINGLE | {"test": "posterior"}, "looks": {"by": "events", "at": [10, 25]}},
            "looked at by patients",
        ),
        (
            ONE_ARM
            | {
                "hypothesis": SINGLE | {"test": "posterior"},
                "looks": {"by": "patients", "at": [10, 30]},
                "candidate": [{"name": "c", "patients": 25}],
            },
            "Let both be the same",
        ),
        ({"looks": LOOKS, "reestimation": GROWS, "hypothesis": {"test": "win_ratio", "win_order": ORDER}}, "increment"),
        ({"looks": LOOKS, "reestimation": GROWS | {"kind": "blinded"}}, "not blinded"),
        ({"looks": BLIND, "reestimation": GROWS | {"kind": "blinded"}}, "needs assumed.hazard_ratio"),
        (
            {"looks": BLIND, "reestimation": GROWS | {"kind": "blinded"}, "hypothesis": {"test": "fisher"}},
            "needs assumed.free_pct",
        ),
        (
            {"looks": BLIND, "reestimation": GROWS | {"kind": "blinded"}, "hypothesis": {"test": "rmst"}},
            "is for log_rank and for shares",
        ),
        (
            {"looks": LOOKS, "reestimation": GROWS, "candidate": [{"name": "c", "patients": 300}]},
            "candidate 'c' plans 300",
        ),
        ({"hypothesis": {"test": "win_ratio"}}, "win_order"),
        ({"hypothesis": {"test": "fisher"}, "candidate": [{"name": "c", "follow_up_years": 1.0}]}, "ends before"),
        ({"safety": [RULE | {"arm": "transplant"}]}, "Did you mean transplantation"),
        ({"safety": [RULE | {"counts": "treatment_death"}]}, "Did you mean treatment_related_death"),
        ({"dropout": {"annual_pct": {"drug": 5.0}}}, "Did you mean drugs"),
        ({"recruitment": {"patients": 100, "sites": [SITE], "stops_after_months": 12.0}}, "would recruit 12 people"),
        ({"borrowing": BORROWS}, "enters a posterior"),
        ({"borrowing": BORROWS, "hypothesis": {"test": "posterior"}}, "judges the model"),
        ({"borrowing": BORROWS | {"arm": "drug"}, "hypothesis": {"test": "posterior"}}, "Did you mean drugs"),
        (
            {"borrowing": BORROWS | {"from": ["atkins-2016"]}, "hypothesis": {"test": "posterior"}},
            "atkins-2016 has 0 such shares",
        ),
        ({"scenario": [{"name": "s", "parameters": "posteriour"}]}, "posterior, typical"),
        ({"scenario": [{"name": "s", "parameters": "draw 9999"}]}, "draws are numbered"),
        ({"scenario": [{"name": "s", "parameters": "without-atlantis"}]}, "no posterior without atlantis"),
        ({"candidate": [{"name": "c", "vary": {"visitz.window_days": 3}}]}, "Did you mean visits"),
        ({"protocol": None}, "protocol is missing"),
    ],
)
def test_each_kind_of_bad_design_has_its_message(sections, words):
    assert words in said(design_of(**sections))


def test_looks_that_do_not_increase_and_errors_over_one_are_refused():
    with pytest.raises(InputError, match="must be above 0 and increase"):
        design_of(looks={"by": "events", "at": [66, 40]})
    spent = {"spending": "user", "cumulative": [0.5, 1.2]}
    assert "1.2 is over 1" in said(design_of(looks={"by": "events", "at": [40, 66], "efficacy": spent}))


@pytest.mark.parametrize("pairs", [[[0.0]], [[0.0, -1.0]], [[0.0, 0.0], [0.0, 0.0]]])
def test_weights_that_are_no_pairs_or_twice_the_same_are_refused(pairs):
    with pytest.raises(InputError, match="pairs of rho and gamma"):
        design_of("max_combo", hypothesis={"max_combo": pairs})


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"looks": TWO_STAGE | {"at": [10, 20]}}, "sets its own looks"),
        ({"looks": TWO_STAGE, "reestimation": GROWS}, "has its sizes"),
        ({"run": {"effects": [0.0, 1.5]}}, "no share of people"),
        ({"run": {"sizes": [1]}}, "between 2 and 2000"),
        ({"hypothesis": {"prior": {"free": 2.0, "patients": 2.0}}}, "not below the patients"),
        (
            {"safety": [RULE | {"rule": "count", "stop_at": [{"events": 1, "people": 9}], "monitored": "tite"}]},
            "judged",
        ),
    ],
)
def test_a_section_that_contradicts_itself_is_refused(sections, words):
    with pytest.raises(InputError, match=words):
        design_of(**sections)


def test_a_missing_key_points_to_the_format_of_designs(tmp_path):
    from regraft.design.file import load_design

    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[hypothesis]\ntest = "log_rank"\n')
    with pytest.raises(InputError, match=r"format-design\.md"):
        load_design(path)


def test_candidates_vary_any_key_of_the_protocol_and_share_pools_where_lives_are_the_same():
    design = design_of(
        candidate=[
            {"name": "as it is", "patients": 80},
            {"name": "larger", "patients": 100},
            {"name": "other definitions", "patients": 80, "definitions": "consensus"},
            {"name": "yearly visits", "patients": 80, "vary": {"visits.months_first_phase": 12}},
            {"name": "BEAM", "patients": 80, "vary": {"conditioning": "beam-atg"}},
        ]
    )
    found = {case.candidate.name: case for case in cases(design) if case.scenario.effect_share == 1.0}
    digests = [found[name].lives.digest for name in found]
    assert digests[0] == digests[1] == digests[2]
    assert len(set(digests)) == 3
    assert found["yearly visits"].protocol.visits.months_first_phase == 12
    assert found["BEAM"].protocol.treatment.conditioning != found["as it is"].protocol.treatment.conditioning
    assert set(found["as it is"].lives.definitions) == {"mist", "consensus"}


def test_every_design_that_comes_with_regraft_can_be_simulated():
    from regraft.core.settings import list_names
    from regraft.design.file import FOLDER, load_design

    for name in list_names(FOLDER):
        found = cases(load_design(name))
        assert {case.scenario.effect_share for case in found} >= {0.0, 1.0}


def test_validate_reads_a_design_of_plain_values():
    assert validate(Design, {"name": "n", "hypothesis": {"estimand": "x", "test": "log_rank"}}, "n").name == "n"
