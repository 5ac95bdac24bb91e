import re
from html.parser import HTMLParser

from matplotlib.figure import Figure

from regraft.report.page import (
    Column,
    Missing,
    Noted,
    Page,
    Prose,
    Quoted,
    Section,
    figure_block,
    render,
    table_block,
    write_page,
)


def page(*blocks, title="A title"):
    return Page(
        title=title, subtitle="below", simulated=True, key_findings="found", facts=(("People", "3"),),
        sections=(Section(anchor="one", title="One", blocks=blocks),),
    )  # fmt: skip


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
    assert '<th scope="row" class="left">x<small>small</small></th>' in html
    assert "<q>their words</q>" in html


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
