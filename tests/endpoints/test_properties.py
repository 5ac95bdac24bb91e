"""Properties that hold for any study: order, unknowns, later visits, shifted dates."""

from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.tables import Study

RULES = load_definition("consensus")
STEPS = st.sampled_from([0.0, *[k / 2 for k in range(2, 20)]])
MAYBE = st.none() | st.integers(0, 2)
DAYS = st.lists(st.integers(-300, 2500), min_size=1, max_size=12, unique=True)


@st.composite
def small_studies(draw, make_study, day):
    """Draw three subjects with visits, relapses, scans and perhaps a death after everything else."""
    subjects = ("A", "B", "C")
    visits, relapses, scans, endings = [], [], [], []
    for name in subjects:
        visits += [(name, d, draw(st.none() | STEPS)) for d in draw(DAYS)]
        relapses += [
            {"subject_id": name, "onset_date": day(d), "confirmed": draw(st.none() | st.booleans())}
            for d in draw(st.lists(st.integers(-300, 2500), max_size=4, unique=True))
        ]
        scans += [
            {"subject_id": name, "date": day(d), "gd_lesions": draw(MAYBE), "new_t2_lesions": draw(MAYBE)}
            for d in draw(st.lists(st.integers(-300, 2500), max_size=6, unique=True))
        ]
        cause = draw(st.sampled_from([None, "ms", "treatment", "other", "unknown"]))
        event = "completed" if cause is None else "died"
        endings.append({"subject_id": name, "date": day(2600), "event": event, "death_cause": cause})
    return make_study(subjects, visits=visits, relapses=relapses, mri_scans=scans, dispositions=endings)


def events(study):
    return derive(study, RULES).events.sort("endpoint", "subject_id")


def changed(study, name, frame):
    return Study({**study.tables, name: frame}, study.about)


@settings(max_examples=20)
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(study_of, day, data):
    study = data.draw(small_studies(study_of, day))
    turned = Study({name: frame.reverse() for name, frame in study.tables.items()}, study.about)
    assert events(study).equals(events(turned))
    assert (
        derive(study, RULES)
        .measures.sort("measure", "subject_id")
        .equals(derive(turned, RULES).measures.sort("measure", "subject_id"))
    )


@settings(max_examples=20)
@given(data=st.data(), days=st.integers(-3000, 3000))
def test_shifting_every_date_changes_no_time(study_of, day, data, days):
    study = data.draw(small_studies(study_of, day))
    shifted = Study(
        {name: frame.with_columns(pl.col(pl.Date) + timedelta(days=days)) for name, frame in study.tables.items()},
        study.about,
    )
    timed = ["subject_id", "endpoint", "status", "time_days"]
    assert events(study).select(timed).equals(events(shifted).select(timed))


@settings(max_examples=25)
@given(data=st.data())
def test_hiding_a_scan_never_turns_it_into_a_quiet_one(study_of, day, data):
    study = data.draw(small_studies(study_of, day))
    hidden = study.tables["mri_scans"].with_columns(
        gd_lesions=pl.lit(None, dtype=pl.Int32), new_t2_lesions=pl.lit(None, dtype=pl.Int32)
    )
    states = events(changed(study, "mri_scans", hidden)).filter(pl.col("endpoint") == "mri_activity")
    assert not set(states["status"]) & {"event", "censored"}


@settings(max_examples=25)
@given(data=st.data())
def test_hiding_the_confirmation_of_relapses_never_makes_somebody_relapse_free(study_of, day, data):
    rules = load_definition("atkins-2016")
    study = data.draw(small_studies(study_of, day))
    hidden = changed(study, "relapses", study.tables["relapses"].with_columns(confirmed=pl.lit(None, dtype=pl.Boolean)))
    first, second = (
        dict(derive(s, rules).events.filter(pl.col("endpoint") == "relapse").select("subject_id", "status").iter_rows())
        for s in (study, hidden)
    )
    for subject, state in second.items():
        assert not (first.get(subject) == "event" and state in {"censored", "competing"})


@settings(max_examples=25)
@given(data=st.data(), edss=STEPS, after=st.integers(1, 2000))
def test_a_visit_after_the_confirmation_keeps_the_event(study_of, day, data, edss, after):
    study = data.draw(small_studies(study_of, day))
    alive = study.tables["dispositions"].with_columns(event=pl.lit("completed"), death_cause=pl.lit(None, pl.String))
    study = changed(study, "dispositions", alive)
    name = "edss_worsening_24w"
    before = events(study).filter((pl.col("endpoint") == name) & (pl.col("status") == "event"))
    later = pl.DataFrame(
        {"subject_id": ["A", "B", "C"], "date": [day(2600 + after)] * 3, "edss": [edss] * 3},
        schema=study.tables["visits"].schema,
    )
    longer = changed(study, "visits", pl.concat([study.tables["visits"], later]))
    now = events(longer).filter((pl.col("endpoint") == name) & (pl.col("status") == "event"))
    kept = before.join(now, on=["subject_id", "time_days"], how="semi")
    assert kept.height == before.height


@settings(max_examples=25)
@given(data=st.data())
def test_every_subject_stands_in_every_endpoint_once(study_of, day, data):
    study = data.draw(small_studies(study_of, day))
    derived = derive(study, RULES)
    seen = pl.concat(
        [derived.events.select("subject_id", "endpoint"), derived.not_at_risk.select("subject_id", "endpoint")]
    )
    assert seen.is_unique().all()
    assert seen.height == 3 * seen["endpoint"].n_unique()
    known = derived.events.filter(pl.col("status") != "unknown")
    assert known["time_days"].null_count() == 0
    assert derived.events.filter(pl.col("status") == "unknown")["time_days"].count() == 0
