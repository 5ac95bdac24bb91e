from matplotlib import rcParams

from regraft.figures.embed import data_uri, to_png, to_svg
from regraft.figures.flow import FlowStage, draw_flow

STAGES = (FlowStage(label="Enrolled", count=24, exits=(("withdrew", 1),)), FlowStage(label="Analysed", count=23))


def test_the_same_data_give_the_same_bytes():
    first, second = (draw_flow(STAGES, simulated=True) for _ in range(2))
    assert to_svg(first) == to_svg(second)
    assert to_png(first) == to_png(second)


def test_other_data_give_other_bytes():
    other = (FlowStage(label="Enrolled", count=25), FlowStage(label="Analysed", count=23))
    assert to_svg(draw_flow(STAGES, simulated=True)) != to_svg(draw_flow(other, simulated=True))


def test_a_picture_carries_no_date_and_asks_for_nothing_outside():
    text = to_svg(draw_flow(STAGES, simulated=False)).decode()
    assert "dc:date" not in text
    assert "@import" not in text
    assert "<image" not in text


def test_drawing_leaves_the_settings_of_the_process_alone():
    before = dict(rcParams)
    data_uri(draw_flow(STAGES, simulated=True))
    assert dict(rcParams) == before


def test_a_simulated_figure_says_so_and_a_recorded_one_does_not():
    texts = [[text.get_text() for text in draw_flow(STAGES, simulated=kind).texts] for kind in (True, False)]
    assert texts == [["SIMULATED"], []]
