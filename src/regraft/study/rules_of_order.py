"""The order of what happens to a person who is transplanted: what cannot be is an error, what is odd a warning."""

from collections.abc import Callable

import polars as pl

from regraft.core.errors import Finding
from regraft.study.checked import EVENT_DATE, WORDS, Checked
from regraft.study.partial_dates import no_earlier, no_later
from regraft.study.schema import TABLES, ColumnType

_LEFT = ("lost_to_follow_up", "withdrew", "completed", "data_cutoff")
_ONE = "Correct one of the dates"
_YEAR = 365.25
# Values that happen but are worth a look: (table, column): (from, to). Assumptions of ours, wide on purpose.
PROBABLE = {
    ("subjects", "age_at_enrolment_years"): (12.0, 85.0),
    ("subjects", "height_cm"): (120.0, 215.0),
    ("subjects", "weight_kg"): (30.0, 200.0),
    ("visits", "t25fw_seconds"): (1.5, 300.0),
    ("visits", "nhpt_seconds"): (7.0, 400.0),
    ("mri_scans", "gd_lesions"): (0.0, 150.0),
    ("mri_scans", "new_t2_lesions"): (0.0, 300.0),
    ("mri_scans", "t2_lesions"): (0.0, 1000.0),
    ("mri_scans", "brain_volume_ml"): (800.0, 2000.0),
    ("mri_scans", "brain_volume_change_pct"): (-25.0, 10.0),
}


def transplant_and_disease(study: Checked) -> list[Finding]:
    """The disease comes before its treatment, and enrolment after its onset."""
    subjects = study.frame("subjects")
    onset = subjects.select("subject_id", onset=no_later(subjects, "ms_onset_date")).drop_nulls().unique("subject_id")
    procedures = study.frame("procedures").filter(pl.col("procedure") == "transplant")
    early = procedures.join(onset, on="subject_id").filter(pl.col("date") < pl.col("onset"))
    found = study.at("procedures", "date", early, "the transplantation lies before the onset of MS", _ONE)
    relapses = study.frame("relapses")
    early = relapses.join(onset, on="subject_id").filter(no_earlier(relapses, "onset_date") < pl.col("onset"))
    found += study.at("relapses", "onset_date", early, "the relapse lies before the onset of MS", _ONE, "warning")
    early = subjects.filter(no_earlier(subjects, "enrolment_date") < no_later(subjects, "ms_onset_date"))
    problem = "the enrolment lies before the onset of MS"
    return found + study.at("subjects", "enrolment_date", early, problem, _ONE, "warning")


def enrolment_and_transplant(study: Checked) -> list[Finding]:
    """Nobody is transplanted for a trial before enrolment; a registry may do so, and is only asked."""
    subjects = study.frame("subjects")
    enrolled = (
        subjects.select("subject_id", enrolled=no_later(subjects, "enrolment_date")).drop_nulls().unique("subject_id")
    )
    procedures = study.frame("procedures").filter(pl.col("procedure") == "transplant")
    early = procedures.join(enrolled, on="subject_id").filter(pl.col("date") < pl.col("enrolled"))
    problem = "the transplantation lies before the enrolment"
    return study.at("procedures", "date", early, problem, "Check both dates", "warning")


def conditioning_and_transplant(study: Checked) -> list[Finding]:
    """Conditioning starts before the cells are given back."""
    procedures = study.frame("procedures")
    given = procedures.filter(pl.col("procedure") == "transplant").group_by("subject_id").agg(last=pl.col("date").max())
    late = procedures.filter(pl.col("procedure") == "conditioning_start").join(given, on="subject_id")
    late = late.filter(pl.col("date") > pl.col("last"))
    problem = "conditioning starts after the last transplantation"
    return study.at("procedures", "date", late, problem, "Check both dates", "warning")


def _after_leaving(frame: pl.DataFrame, column: str) -> pl.Expr:
    return no_later(frame, column) > pl.col("left")


def after_leaving(study: Checked) -> list[Finding]:
    """Who was lost, withdrew or completed is seen no more, and after the cut-off nothing is known."""
    status = study.frame("dispositions").filter(pl.col("event").is_in(_LEFT))
    left = status.group_by("subject_id").agg(
        left=pl.col("date").min(), last_event=pl.col("event").sort_by("date").first()
    )
    found = []
    for name, column in EVENT_DATE.items():
        if left.is_empty() or name not in study.tables or name == "dispositions":
            continue
        rows = study.beside(name, left, column, _after_leaving)
        for (event,), part in rows.group_by("last_event", maintain_order=True):
            told = str(event).replace("_", " ")
            problem = f"{WORDS[name]} lies after the subject's last status, {told}"
            found += study.at(name, column, part, problem, "Check both dates", "warning")
    return found


def contrary_statuses(study: Checked) -> list[Finding]:
    """A subject leaves in one way, and is transplanted or not."""
    rows = study.frame("dispositions")
    found = []
    for one, others in (
        ("completed", ("lost_to_follow_up", "withdrew")),
        ("not_transplanted", ("transplanted",)),
    ):
        with_other = rows.filter(pl.col("event").is_in(others)).select("subject_id", other="event").unique("subject_id")
        both = rows.filter(pl.col("event") == one).join(with_other, on="subject_id")
        for (other,), part in both.group_by("other", maintain_order=True):
            told = f"{one} and {other}".replace("_", " ")
            problem = f"the subject is both {told}"
            found += study.at("dispositions", "event", part, problem, "Check which of them holds", "warning")
    transplanted = study.frame("procedures").filter(pl.col("procedure") == "transplant").select("subject_id").unique()
    neither = rows.filter(pl.col("event") == "not_transplanted").join(transplanted, on="subject_id", how="semi")
    problem = "the subject is said not to be transplanted, and has a transplantation"
    return found + study.at("dispositions", "event", neither, problem, "Check which of them holds", "warning")


def age_and_birth(study: Checked) -> list[Finding]:
    """The age at enrolment is the time since birth."""
    subjects = study.frame("subjects")
    age, enrolled = pl.col("age_at_enrolment_years"), pl.col("enrolment_date")
    most = (enrolled - no_later(subjects, "birth_date")).dt.total_days() / _YEAR
    least = (enrolled - no_earlier(subjects, "birth_date")).dt.total_days() / _YEAR
    off = subjects.filter((age > most + 1.0) | (age < least - 1.0 - 1.0))
    problem = "the age at enrolment and the birth date differ by more than a year"
    return study.at("subjects", "age_at_enrolment_years", off, problem, "Correct one of them", "warning")


def improbable_values(study: Checked) -> list[Finding]:
    """Values that hardly anybody has are named; they are used as they stand."""
    found = []
    for table in TABLES:
        for column in table.columns:
            limits = PROBABLE.get((table.name, column.name))
            if (
                limits is None
                or column.kind not in {ColumnType.NUMBER, ColumnType.INTEGER}
                or table.name not in study.tables
            ):
                continue
            frame = study.tables[table.name]
            if column.name not in frame.columns:
                continue
            low, high = column.minimum, column.maximum
            inside = pl.lit(value=True)
            inside &= pl.lit(value=True) if low is None else pl.col(column.name) >= low
            inside &= pl.lit(value=True) if high is None else pl.col(column.name) <= high
            odd = frame.filter(inside & ~pl.col(column.name).is_between(*limits))
            problem = f"the value is improbable: hardly anybody is outside {limits[0]:g} to {limits[1]:g}"
            remedy = "Check the value; it is used as it stands"
            found += study.at(table.name, column.name, odd, problem, remedy, "warning")
    return found


def _of_recorded(rule: Callable[[Checked], list[Finding]]) -> Callable[[Checked], list[Finding]]:
    def recorded(study: Checked) -> list[Finding]:
        return [] if study.simulated else rule(study)

    recorded.__doc__ = rule.__doc__
    return recorded


ORDER_RULES: tuple[Callable[[Checked], list[Finding]], ...] = tuple(
    _of_recorded(rule)
    for rule in (
        transplant_and_disease,
        enrolment_and_transplant,
        conditioning_and_transplant,
        after_leaving,
        contrary_statuses,
        age_and_birth,
        improbable_values,
    )
)
