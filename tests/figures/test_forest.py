from regraft.figures.forest import draw_forest
from regraft.replication.published import PublishedRow


def row(label, unit, published, predicted=None, **more):
    return PublishedRow(
        study="s",
        role="fit",
        endpoint=label,
        label=label,
        definition="",
        unit=unit,
        published=published,
        predicted=predicted,
        predicted_low=predicted,
        predicted_high=predicted,
        **more,
    )


def test_each_unit_has_an_axis_of_its_own():
    figure = draw_forest((row("a", "%", 70.0, 71.0), row("b", "per year", 1.2, 1.1), row("c", "%", 4.0, 3.0)))
    assert [axes.get_xlabel() for axes in figure.axes] == ["% of patients", "per year"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "c"]


def test_a_change_in_percent_is_no_share_of_patients_and_has_room_below_zero():
    figure = draw_forest((row("a", "%", 70.0, 71.0), row("brain", "% change", -3.3, -3.1)))
    assert [axes.get_xlabel() for axes in figure.axes] == ["% of patients", "% change"]
    assert figure.axes[0].get_xlim() == (-2, 102)
    assert figure.axes[1].get_xlim()[0] < -3.3


def test_a_row_without_any_number_is_left_out():
    figure = draw_forest((row("a", "%", 70.0, 71.0), row("words only", "text", None)))
    assert len(figure.axes) == 1


def test_the_forest_is_always_marked_simulated():
    assert draw_forest((row("a", "%", 70.0, 71.0),)).texts[0].get_text() == "SIMULATED"
