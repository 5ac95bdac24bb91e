import re
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

from regraft.report.page import (
    TEMPLATES,
    Align,
    Column,
    Missing,
    Noted,
    Page,
    Prose,
    Quoted,
    Row,
    Section,
    figure_block,
    render,
    table_block,
    write_page,
)

STYLE = (TEMPLATES / "page.css").read_text(encoding="utf-8")


def page(*blocks, title="A title"):
    return Page(
        title=title,
        subtitle="below",
        simulated=True,
        key_findings="found",
        facts=(("People", "3"),),
        sections=(Section(anchor="one", title="One", blocks=blocks),),
    )


class Balance(HTMLParser):
    """Counts what is opened and not closed."""

    VOID = frozenset({"meta", "img", "br", "link"})

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, _attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_every_value_is_escaped():
    block = table_block("<i>", (Column("<b>"),), [("<script>alert(1)</script>",)], notes=("a & b",))
    html = render(page(block, Prose(("x < y",)), title="<title>"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "a &amp; b" in html
    assert "x &lt; y" in html


def test_every_tag_is_closed():
    figure = figure_block(Figure(figsize=(1, 1)), alt="a", caption="b", call="c()")
    checker = Balance()
    checker.feed(render(page(figure, table_block("t", (Column("a"),), [("1",)]), Missing("gone"))))
    assert checker.wrong == []
    assert checker.open == []


def test_tables_and_figures_are_numbered_apart():
    figure = figure_block(Figure(figsize=(1, 1)), alt="a", caption="b", call="c()")
    table = table_block("t", (Column("a"),), [("1",)])
    html = render(page(table, figure, table, figure))
    assert re.findall(r"(Table|Figure) (\d)\.", html) == [
        ("Table", "1"),
        ("Figure", "1"),
        ("Table", "2"),
        ("Figure", "2"),
    ]


def test_the_first_cell_heads_its_row_and_quotations_are_marked():
    html = render(page(table_block("t", (Column("a"), Column("b")), [(Noted("x", "small"), Quoted("their words"))])))
    assert re.search(r'<th scope="row" id="table-1-[^"]+" class="[^"]*">x<small>small</small></th>', html)
    assert "<q>their words</q>" in html


def test_headings_say_what_they_head_and_cells_name_their_headings():
    block = table_block("t", (Column("a"), Column("b", Align.RIGHT)), [("x", "1"), ("y", "2")])
    html = render(page(block, block))
    assert html.count('scope="col"') == 4
    assert re.findall(r'<td headers="([^"]+)" class="gt_row gt_right">2</td>', html) == [
        "table-1-stub-2 table-1-column-2",
        "table-2-stub-2 table-2-column-2",
    ]
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_caption_comes_first_and_the_notes_last_in_a_table():
    html = render(page(table_block("what it shows", (Column("a"),), [("1",)], notes=("note one", "note two"))))
    assert re.search(r'<table id="table-1">\s*<caption><b>Table 1.</b> what it shows</caption>\s*<thead>', html)
    assert html.index("<tbody") < html.index("note one") < html.index("note two") < html.index("</table>")


def test_a_group_row_names_the_rows_below_it():
    rows = [Row(cells=("early & late",), group=True), ("x", "1"), Row(cells=("none",), group=True), ("y", "2")]
    html = render(page(table_block("t", (Column("a"), Column("b")), rows)))
    assert html.count('colspan="2"') == 2
    assert html.index("early &amp; late") < html.index(">x<") < html.index(">none<") < html.index(">y<")


def test_a_row_with_too_few_cells_is_refused():
    with pytest.raises(ValueError, match="zip"):
        render(page(table_block("t", (Column("a"), Column("b")), [("1",)])))


def test_all_tables_share_one_style_sheet_and_render_the_same_twice():
    table = table_block("t", (Column("a"), Column("b")), [("1", "2")])
    html = render(page(table, table))
    assert html.count("<style") == 1
    assert " style=" not in html
    assert render(page(table, table)) == html


def test_nothing_is_fetched_and_no_script_runs():
    html = render(page(figure_block(Figure(figsize=(1, 1)), alt="a", caption="b", call="c()")))
    assert "<script" not in html
    assert "<link" not in html
    assert "@import" not in html
    assert re.findall(r'(?:src|href)="(?!data:|#)', html) == []


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "report.html"
    write_page(path, page(Prose(("x",))))
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_letters_of_every_colour_can_be_read_on_every_ground_in_light_and_dark():
    """Contrast of at least 4.5 to 1, as WCAG 2.2 computes it (1.4.3)."""
    light, dark = (
        dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", text)) for text in re.findall(r":root \{([^}]*)\}", STYLE)[:2]
    )
    assert light.keys() == dark.keys()
    for colours in (light, dark):
        for letters in ("ink", "soft", "blue", "mark"):
            for ground in ("page", "pale"):
                assert contrast(colours[letters], colours[ground]) >= 4.5, (letters, ground, colours)


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_table_without_a_row_says_so():
    html = render(page(table_block("t", (Column("a"), Column("b")), [])))
    assert "<table" not in html
    assert "<b>Table 1.</b> t No row belongs here." in html
