"""A file read in pieces is the file read at once: the same cells, the same words about the same rows."""

import pytest

from regraft.study import csv_text
from regraft.study.csv_text import read_csv_text

HEADER = "subject_id,date,note\n"
ROWS = [f'P{row},2020-01-{1 + row % 28:02d},"a, ""b""\n{row}"\n' for row in range(80)]


def read_both(path, text, monkeypatch, piece):
    path.write_text(text, newline="")
    whole = read_csv_text(path)
    monkeypatch.setattr(csv_text, "_PIECE", piece)
    return whole, read_csv_text(path)


@pytest.mark.parametrize("piece", [7, 100, 1000])
@pytest.mark.parametrize("end", ["", "\n", "\r\n\n\n"])
def test_a_file_in_pieces_has_the_cells_of_the_file_at_once(tmp_path, monkeypatch, piece, end):
    text = HEADER + "".join(ROWS) + 'P80,,""' + end
    whole, pieces = read_both(tmp_path / "visits.csv", text, monkeypatch, piece)
    assert pieces.frame.n_chunks() > 1
    assert pieces.frame.equals(whole.frame)
    assert (pieces.frame.height, pieces.frame["note"][-1], pieces.findings) == (81, None, ())


@pytest.mark.parametrize("piece", [7, 100, 1000])
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([*ROWS, "P80,2020-01-01\n", *ROWS], "2 cells where the header has 3"),
        ([*ROWS, *["P80\n"] * 60, *ROWS], "10 more rows do not have the 3 cells of the header"),
        ([*ROWS, 'P80,2020-01-01,"open\n', "P81,2020-01-01,x\n"], "row 81 opens a quotation that never ends"),
        ([*ROWS, "P80,2020-01-01,x\n", "P81,20"], "it is the last row, so the file seems cut"),
    ],
)
def test_what_is_wrong_in_a_later_piece_is_told_with_its_row(tmp_path, monkeypatch, piece, rows, told):
    whole, pieces = read_both(tmp_path / "visits.csv", HEADER + "".join(rows), monkeypatch, piece)
    assert pieces.frame is None
    assert pieces.findings == whole.findings
    assert told in pieces.findings[-1].problem
