"""What a protocol of one's own takes from the one it is like is named, and is an assumption there."""

from pathlib import Path

from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.taken import taken_sentences


def _own(folder: Path, text: str, name: str = "own", like: str = "halt-ms") -> Protocol:
    file = folder / f"{name}.toml"
    file.write_text(f'like = "{like}"\nname = "{name}"\ntitle = "A trial of my own"\n{text}', encoding="utf-8")
    return load_protocol(file)


def _said(protocol: Protocol) -> tuple[str, ...]:
    return tuple(taken_sentences(protocol.taken, protocol.contents))


def test_eligibility_dates_and_stopping_of_another_trial_are_named_with_the_file_that_wrote_them(
    tmp_path: Path,
) -> None:
    (said,) = _said(_own(tmp_path, "patients = 30\n"))
    assert said.startswith(
        "Taken from halt-ms: eligibility, accrual. "
    )  # which writes both itself, and no stopping rule
    (said,) = _said(_own(tmp_path, "patients = 30\n", like="cy-atg"))
    assert said.startswith("Taken from atkins-2016: eligibility, accrual, stopping. ")  # cy-atg takes them too


def test_what_is_written_is_not_named(tmp_path: Path) -> None:
    own = "[accrual]\nfirst_enrolment = 2006-01-01\n[eligibility]\nedss = { minimum = 2.0, maximum = 6.0 }\n"
    said = " ".join(_said(_own(tmp_path, own)))
    assert "accrual.months" in said
    assert "accrual.first_enrolment" not in said
    assert "eligibility.edss" not in said
    assert "eligibility.age_years" in said
    assert not _said(load_protocol("atkins-2016"))


def test_numbers_taken_count_as_assumed_and_the_reason_names_their_source(tmp_path: Path) -> None:
    theirs, mine = load_protocol("halt-ms"), _own(tmp_path, "patients = 30\n")
    assert theirs.origins()["measured"] > 10
    assert "measured" not in mine.origins()
    why = mine.sources["accrual.first_enrolment"].why or ""
    assert why.startswith("taken from halt-ms; ")
    assert "halt-ms" in why or "NCT00288626" in why


def test_a_source_of_ones_own_holds_for_a_number_that_is_taken(tmp_path: Path) -> None:
    own = 'patients = 30\n[sources]\n"accrual" = { origin = "measured", source = "my trial" }\n'
    mine = _own(tmp_path, own)
    assert mine.origins()["measured"] >= 4
    assert "accrual.months" not in mine.sources


def test_a_packaged_protocol_keeps_the_sources_it_takes() -> None:
    boffa = load_protocol("boffa-2021")
    assert boffa.taken
    assert not any((source.why or "").startswith("taken from") for source in boffa.sources.values())
