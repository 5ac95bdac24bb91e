"""Properties of names, deaths and what is not recorded, for any study and every packaged set of definitions."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.endpoints.definition import (
    DeathInEfficacy,
    EfficacySet,
    list_definitions,
    load_definition,
)
from regraft.endpoints.derive import derive
from regraft.endpoints.relapse_rules import Pseudorelapse
from regraft.study.tables import Study

RULES = load_definition("consensus")
SETS = tuple(load_definition(name) for name in list_definitions())
EFFICACY = (
    "relapse",
    "mri_activity",
    "edss_worsening_12w",
    "edss_worsening_24w",
    "edss_improvement_24w",
    "neda3_failure",
)
SURVIVALS = ("progression_free_survival", "relapse_free_survival", "event_free_survival")
STEPS = st.sampled_from([0.0, *[k / 2 for k in range(2, 20)]])
SUBJECTS = ("A", "B", "C")
AFTER = st.integers(-200, 1500)
QUICK = settings(max_examples=15)


@st.composite
def small_studies(draw, make_study, day):
    """Draw three subjects with visits, relapses, scans, adverse events, neutrophils and an end, perhaps by death."""
    visits, relapses, scans, ill, labs, endings = [], [], [], [], [], []
    for name in SUBJECTS:
        visits += [(name, d, draw(STEPS)) for d in draw(st.lists(AFTER, max_size=8, unique=True))]
        for d in draw(st.lists(AFTER, max_size=3, unique=True)):
            lasted = draw(st.none() | st.integers(0, 40))
            end = None if lasted is None else day(d + lasted)
            confirmed = draw(st.none() | st.booleans())
            relapses.append({"subject_id": name, "onset_date": day(d), "end_date": end, "confirmed": confirmed})
        for d in draw(st.lists(AFTER, max_size=4, unique=True)):
            gd, t2 = draw(st.none() | st.integers(0, 3)), draw(st.none() | st.integers(0, 3))
            scans.append({"subject_id": name, "date": day(d), "gd_lesions": gd, "new_t2_lesions": t2})
        for d in draw(st.lists(AFTER, max_size=2, unique=True)):
            term = draw(st.sampled_from(["sepsis", "fever", "rash"]))
            ill.append({"subject_id": name, "start_date": day(d), "term": term})
        for d in range(0, 25, 2):
            value = draw(st.sampled_from([0.1, 0.6, 3.0]))
            labs.append({"subject_id": name, "date": day(d), "test": "neutrophils", "value": value, "unit": "1e9/L"})
        cause = draw(st.sampled_from([None, "ms", "treatment", "other", "unknown"]))
        end = draw(st.integers(30, 1600))
        endings.append(
            {"subject_id": name, "date": day(end), "event": "died" if cause else "completed", "death_cause": cause}
        )
    study = make_study(
        SUBJECTS, visits=visits, relapses=relapses, mri_scans=scans, adverse_events=ill, labs=labs, dispositions=endings
    )
    return _until_the_end(study)


def _until_the_end(study):
    """Leave out what is dated after a subject's end."""
    ends = study.tables["dispositions"].select("subject_id", end="date")
    tables = dict(study.tables)
    for name, column in (
        ("visits", "date"),
        ("relapses", "onset_date"),
        ("mri_scans", "date"),
        ("adverse_events", "start_date"),
        ("labs", "date"),
    ):
        joined = tables[name].join(ends, on="subject_id", maintain_order="left")
        tables[name] = joined.filter(pl.col(column) <= pl.col("end")).drop("end")
    return Study(tables, study.about)


def states(study, rules, names):
    """Return status and day of some endpoints by (endpoint, subject); who is not counted is absent."""
    rows = derive(study, rules).events.filter(pl.col("endpoint").is_in(list(names)))
    return {
        (endpoint, subject): (status, time)
        for endpoint, subject, status, time in rows.select("endpoint", "subject_id", "status", "time_days").iter_rows()
    }


def with_deaths(rules, **changes):
    return rules.model_copy(update={"death": rules.death.model_copy(update=changes)})


def died(study):
    return set(study.tables["dispositions"].filter(pl.col("event") == "died")["subject_id"])


@QUICK
@given(data=st.data(), names=st.permutations(["Z-9", "m 1", "0"]))
def test_names_are_only_names(study_of, day, data, names):
    study = data.draw(small_studies(study_of, day))
    renamed = Study(
        {
            table: frame.with_columns(pl.col("subject_id").replace(dict(zip(SUBJECTS, names, strict=True))))
            for table, frame in study.tables.items()
        },
        study.about,
    )
    back = dict(zip(names, SUBJECTS, strict=True))
    for frame, keys in (("events", ["endpoint", "subject_id"]), ("measures", ["measure", "subject_id"])):
        one, two = getattr(derive(study, RULES), frame), getattr(derive(renamed, RULES), frame)
        assert one.sort(keys).equals(two.with_columns(pl.col("subject_id").replace(back)).sort(keys))


@QUICK
@given(data=st.data(), days=st.integers(-3000, 3000))
def test_shifting_every_date_changes_no_measure(study_of, day, data, days):
    study = data.draw(small_studies(study_of, day))
    shifted = Study(
        {name: frame.with_columns(pl.col(pl.Date) + pl.duration(days=days)) for name, frame in study.tables.items()},
        study.about,
    )
    assert derive(study, RULES).measures.equals(derive(shifted, RULES).measures)


@QUICK
@given(data=st.data(), rules=st.sampled_from(SETS), counted=st.sampled_from(EfficacySet))
def test_a_death_competes_or_censors_as_declared_and_makes_no_event(study_of, day, data, rules, counted):
    study = data.draw(small_studies(study_of, day))
    compete = with_deaths(rules, in_efficacy=DeathInEfficacy.COMPETING, efficacy_set=counted)
    censor = with_deaths(rules, in_efficacy=DeathInEfficacy.CENSORED, efficacy_set=counted)
    competing, censored = states(study, compete, EFFICACY), states(study, censor, EFFICACY)
    dead = died(study)
    assert competing.keys() == censored.keys()
    for key, (status, time) in competing.items():
        assert censored[key][0] != "competing"
        if status == "competing":
            assert key[1] in dead
            assert censored[key][0] == "censored"
            assert censored[key][1] <= time
        elif status in {"event", "unknown"}:
            assert censored[key] == (status, time)
        else:
            assert key[1] not in dead


@QUICK
@given(data=st.data(), rules=st.sampled_from(SETS))
def test_only_a_death_due_to_ms_can_be_a_worsening(study_of, day, data, rules):
    study = data.draw(small_studies(study_of, day))
    causes = study.tables["dispositions"]
    of = {
        cause: Study(
            {
                **study.tables,
                "dispositions": causes.with_columns(death_cause=pl.when(pl.col("event") == "died").then(pl.lit(cause))),
            },
            study.about,
        )
        for cause in ("treatment", "other", "unknown")
    }
    worse = {cause: states(one, rules, ("edss_worsening_12w", "edss_worsening_24w")) for cause, one in of.items()}
    assert worse["treatment"] == worse["other"] == worse["unknown"]
    dead = dict(causes.filter(pl.col("event") == "died").select("subject_id", "date").iter_rows())
    for (_, subject), (status, time) in worse["treatment"].items():
        if status == "event" and subject in dead:
            assert time <= (dead[subject] - day(0)).days


@QUICK
@given(data=st.data(), rules=st.sampled_from(SETS))
def test_every_death_ends_a_survival_that_counts_deaths(study_of, day, data, rules):
    study = data.draw(small_studies(study_of, day))
    found = states(study, rules, SURVIVALS)
    for name in SURVIVALS:
        of_all = {subject: status for (endpoint, subject), (status, _) in found.items() if endpoint == name}
        if set(of_all.values()) != {"unknown"}:  # else a part of it cannot be derived from this study at all
            assert {of_all[subject] for subject in died(study)} <= {"event"}


@QUICK
@given(data=st.data(), rules=st.sampled_from(SETS))
@pytest.mark.parametrize(
    ("table", "endpoints"),
    [
        ("visits", ("edss_worsening_12w", "edss_worsening_24w", "edss_improvement_24w", "edss_milestone_6")),
        ("relapses", ("relapse", "relapse_reported")),
        ("mri_scans", ("mri_activity",)),
        ("labs", ("neutrophil_engraftment", "primary_graft_failure", "sos_ebmt2016")),
        ("dispositions", ("death", "treatment_related_death", "non_relapse_death", "progression_free_survival")),
    ],
)
def test_a_table_that_is_not_there_says_no_to_nothing(study_of, day, data, rules, table, endpoints):
    study = data.draw(small_studies(study_of, day))
    without = {name: frame for name, frame in study.tables.items() if name != table}
    if table == "visits":
        without["visits"] = study.tables["visits"].with_columns(edss=pl.lit(None, dtype=pl.Float64))
    found = states(Study(without, study.about), rules, endpoints)
    terminal = {"event"} if table == "visits" else set()  # a death due to MS is an EDSS of its own
    assert {status for status, _ in found.values()} <= {"unknown"} | terminal


@QUICK
@given(data=st.data(), column=st.sampled_from(["end_date", "adverse_events"]))
def test_a_relapse_that_must_be_known_to_count_is_never_taken_for_none(study_of, day, data, column):
    study = data.draw(small_studies(study_of, day))
    strict = {"pseudorelapse_by_length": Pseudorelapse.KNOWN, "pseudorelapse_by_fever": Pseudorelapse.KNOWN}
    rules = RULES.model_copy(update={"relapse": RULES.relapse.model_copy(update=strict)})
    tables = dict(study.tables)
    if column == "end_date":
        tables["relapses"] = tables["relapses"].with_columns(end_date=pl.lit(None, dtype=pl.Date))
    else:
        del tables["adverse_events"]
    full, hidden = states(study, rules, ("relapse",)), states(Study(tables, study.about), rules, ("relapse",))
    for key, (status, _) in full.items():
        if status == "event":
            assert hidden[key][0] in {"event", "unknown"}
