"""Tables as RTF: read back by a small reader, cell by cell."""

import re
from dataclasses import replace

import pytest

from regraft.analysis.summary import summarise
from regraft.endpoints.definition import load_definition
from regraft.endpoints.outcomes import outcomes_of
from regraft.report.contents import Provenance, RecordedContents, SimulatedContents
from regraft.report.page import Align, Column, Noted, Page, Quoted, Row, Section, TableBlock, table_block
from regraft.report.recorded import recorded_page
from regraft.report.rtf import SIMULATED, table_rtf, write_tables
from regraft.report.simulated import simulated_page
from regraft.study.tables import Study

CELLS = [
    ("Relapse", "1 (4.2%; 0.1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}21.1)"),
    ("\N{GREEK SMALL LETTER MU}g {a\\b}", "\N{MINUS SIGN}1"),
]
TABLE = table_block("What was found.", (Column("What"), Column("People (95%)", Align.RIGHT)), CELLS, notes=("A note.",))


def read(rtf):
    """Return the rows of cells of an RTF document as plain text, and what stands outside the table."""
    rows = []
    for line in re.findall(r"\\trowd.*?\\row(?![a-z])", rtf, re.DOTALL):
        cells = re.findall(r"\\pard\\intbl\\q[lrc] (.*?)\\cell(?!x)", line, re.DOTALL)
        rows.append(tuple(plain(cell) for cell in cells))
    outside = re.sub(r"\\trowd.*?\\row(?![a-z])", "", rtf, flags=re.DOTALL)
    return rows, plain(outside)


def plain(text):
    def character(match):
        word = match.group(0)
        if word.startswith("\\u"):
            return chr(int(re.search(r"-?\d+", word).group()) % 65536)
        return {"\\~": "\N{NO-BREAK SPACE}", "\\line ": "\n"}.get(word, word[1:] if word[1:] in "\\{}" else "")

    found = re.sub(r"\\u-?\d+\?|\\[~\\{}]|\\[a-z]+-?\d* ?|[{}]", character, text)
    return found.encode("utf-16", "surrogatepass").decode("utf-16")


def balanced(rtf):
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", rtf):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    return depth == 0


def test_every_cell_comes_back_as_it_was():
    rtf = table_rtf(TABLE, number=3, title="T", simulated=False)
    rows, outside = read(rtf)
    assert rows == [("What", "People (95%)"), *CELLS]
    assert "Table 3. What was found." in outside
    assert "A note." in outside
    assert rtf.isascii()
    assert balanced(rtf)


def test_a_simulated_table_says_so_and_a_recorded_one_does_not():
    assert SIMULATED in table_rtf(TABLE, number=1, title="T", simulated=True)
    assert "SIMULATED" not in table_rtf(TABLE, number=1, title="T", simulated=False)


def test_notes_quotes_and_groups_are_set():
    block = TableBlock(
        caption="C",
        columns=(Column("A"), Column("B")),
        rows=(Row(cells=("Group",), group=True), Row(cells=(Quoted("said"), Noted("5", "of 9 \N{GRINNING FACE}")))),
    )
    rows, _ = read(table_rtf(block, number=1, title="T", simulated=False))
    assert rows[1:] == [
        ("Group",),
        ("\N{LEFT DOUBLE QUOTATION MARK}said\N{RIGHT DOUBLE QUOTATION MARK}", "5\nof 9 \N{GRINNING FACE}"),
    ]


def test_the_edges_of_cells_grow_and_end_at_the_margin():
    for columns in (2, 9):
        block = table_block(
            "C", [Column(f"Heading {k}") for k in range(columns)], [["x" * (k + 1) for k in range(columns)]]
        )
        for line in re.findall(r"\\trowd.*?\\row(?![a-z])", table_rtf(block, number=1, title="T", simulated=False)):
            edges = [int(edge) for edge in re.findall(r"\\cellx(\d+)", line)]
            assert edges == sorted(set(edges))
            assert edges[-1] == (9026 if columns == 2 else 13958)


def test_one_file_per_table_and_nothing_of_others_is_touched(tmp_path):
    section = Section(anchor="a", title="A", blocks=(TABLE, TABLE))
    page = Page(title="P", subtitle="", simulated=True, key_findings="", facts=(), sections=(section,))
    (tmp_path / "table-07-old.rtf").write_text("mine")
    names = [path.name for path in write_tables(tmp_path, page)]
    assert names == ["table-01-what-was-found.rtf", "table-02-what-was-found.rtf"]
    assert {path.name for path in tmp_path.iterdir()} == {*names, "table-07-old.rtf"}
    with pytest.raises(FileExistsError):
        write_tables(tmp_path, page)


@pytest.fixture(params=["simulated", "recorded"])
def page(request, study, derived):
    summary = summarise(study, derived, load_definition("atkins-2016"))
    provenance = Provenance(command="c", version="0")
    if request.param == "simulated":
        return simulated_page(
            SimulatedContents(
                study=study, outcomes=outcomes_of(derived), provenance=provenance, protocol_title="P", summary=summary
            )
        )
    recorded = Study(dict(study.tables), replace(study.about, simulated=False, title="R"))
    return recorded_page(
        RecordedContents(study=recorded, outcomes=outcomes_of(derived), provenance=provenance, summary=summary)
    )


def test_all_tables_of_a_report_hold_the_cells_of_the_page(page, tmp_path):
    blocks = [block for section in page.sections for block in section.blocks if isinstance(block, TableBlock)]
    paths = write_tables(tmp_path, page)
    assert len(paths) == len(blocks) > 5
    for path, block in zip(paths, blocks, strict=True):
        text = path.read_text(encoding="ascii")
        rows, _ = read(text)
        assert balanced(text)
        assert len(rows) == len(block.rows) + 1
        assert all(len(cells) in {1, len(block.columns)} for cells in rows)
        assert ("SIMULATED" in text) == page.simulated
