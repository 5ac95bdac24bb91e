"""My data: findings with their place, a mapping to edit, what the study shows; nothing hostile gets through."""

import re
from html import unescape

import polars as pl
import pytest

from regraft.explorer.answers.study import analyse, check
from regraft.explorer.application import check_key

HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "=HYPERLINK(1)", "P$\\frac$1"]


def _given(pages, files):
    answered = pages.upload(*((f"{name}.csv", text.encode()) for name, text in files.items()))
    assert answered.status == 303, answered.text
    (study,) = pages.explorer.studies._by_identity.values()
    return _checked(pages, study)


def _checked(pages, study):
    pages.explorer.kept.put(check_key(study), check({"folder": str(study.folder)}, lambda _: None))
    return study


def _example(pages):
    assert pages.post("data/example").status == 303
    (study,) = pages.explorer.studies._by_identity.values()
    return _checked(pages, study)


def test_findings_stand_with_place_value_and_remedy_and_as_a_table_for_data_management(filled):
    study = _given(
        filled,
        {
            "subjects": "subject_id,sex\n=1+1,female\n",
            "visits": "subject_id,date,edss\n=1+1,2010-01-01,99\n=1+1,not a day,2\n",
        },
    )
    text = unescape(filled.ask(f"data?study={study.identity}").text)
    assert "Not yet:" in text
    for said in ("visits.csv", ">99<", ">not a day<", "What to do"):
        assert said in text
    answer = filled.explorer.kept.get(check_key(study))
    table = filled.ask(f"file/{answer.identity}/findings.csv").text
    assert table.startswith("# A text that begins with = + - @ has an apostrophe before it")
    assert not [cell for line in table.splitlines()[1:] for cell in line.split(",") if cell.startswith(("=", "@"))]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_study_says_comes_back_as_text_on_the_page_and_in_the_report(filled, text):
    subjects = pl.DataFrame({"subject_id": [text, "B"], "sex": ["female", "male"], "arm": [text, "b"]})
    visits = pl.DataFrame(
        {
            "subject_id": [text, text, "B", "B"],
            "date": ["2010-01-01", "2011-01-01"] * 2,
            "edss": [2.0, 3.0, 4.0, 4.0],
        }
    )
    study = _given(filled, {"subjects": subjects.write_csv(), "visits": visits.write_csv()})
    page = filled.ask(f"data?study={study.identity}").text
    assert "Yes" in page
    answer = analyse({"folder": str(study.folder), "definition": "consensus", "years": 1.0}, lambda _: None)
    report = answer.files["report.html"].content.decode()
    for shown in (page, report):
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown


def test_foreign_files_come_with_a_mapping_to_edit_and_are_read_through_it(filled):
    rows = "".join(f"{p};0{v}.03.2012;{2 + p % 3}\n" for p in range(6) for v in (1, 2, 3))
    study = _given(filled, {"export": f"Patient;Datum;EDSS\n{rows}"})
    text = unescape(filled.ask(f"data?study={study.identity}").text)
    assert "A proposed mapping" in text
    mapping = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    assert mapping is not None
    assert filled.post("data/mapping", study=study.identity, mapping=mapping[1]).status == 303
    assert study.version == 1
    _checked(filled, study)
    assert "18" in filled.ask(f"data?study={study.identity}").text


def test_a_mapping_never_reads_beside_the_study(filled, tmp_path):
    (tmp_path / "secret.csv").write_text("subject_id\nsecret-1\n")
    study = _given(filled, {"visits": "subject_id,date,edss\nA,2010-01-01,2\n"})
    for file in ("../../../secret.csv", str(tmp_path / "secret.csv"), "/etc/passwd"):
        text = '[study]\ntitle = "A"\nsource = "B"\n'
        text += f'[[table]]\nname = "subjects"\nfile = "{file}"\n[table.columns]\nsubject_id = "subject_id"\n'
        filled.explorer.studies.map(study, text)
        _checked(filled, study)
        page = unescape(filled.ask(f"data?study={study.identity}").text)
        assert "outside the folder of the study" in page
        assert "secret-1" not in page


def test_the_sample_is_fit_and_shows_endpoints_gaps_all_definitions_and_tables_for_word(filled):
    study = _example(filled)
    text = filled.ask(f"data?study={study.identity}").text
    assert '<p class="answer">Yes' in text
    answer = analyse({"folder": str(study.folder), "definition": "consensus", "years": 3.0}, lambda _: None)
    from regraft.explorer import forms

    request = forms.analyse_request(
        forms.analyse_form({}, filled.explorer.workers.library["definitions"], study.identity), "uploaded-study"
    )
    filled.explorer.kept.put(filled.explorer._key("analyse", request, study), answer)
    text = unescape(filled.ask(f"data?study={study.identity}").text)
    for said in ("What the intervals hold", "How far the definition decides", "Not derivable", "Open the full report"):
        assert said in text
    assert "regraft analyse uploaded-study --definition consensus --years 3" in text
    assert [name for name in answer.files if name.endswith(".rtf")]
    assert len(answer.shown["multiverse"]["rows"]) > 5
    assert filled.post("data/forget", study=study.identity).status == 303
    assert not study.folder.exists()
    assert filled.explorer.kept.file(answer.identity, "report.html") is None
    gone = filled.ask(f"data?study={study.identity}")
    assert gone.status == 404
    assert "Give them again" in gone.text


def test_a_study_with_errors_is_not_analysed(filled):
    from regraft.core.errors import StudyProblem

    study = _given(filled, {"visits": "subject_id,date,edss\nA,2010-01-01,99\n"})
    assert "Derive endpoints" not in filled.ask(f"data?study={study.identity}").text
    with pytest.raises(StudyProblem):
        analyse({"folder": str(study.folder), "definition": "consensus", "years": 1.0}, lambda _: None)
