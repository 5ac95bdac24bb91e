import numpy as np
import pytest

from regraft.figures.pathway import Panel, PathwayTraces, Trace, band, draw_pathway


def panel(values, **limits):
    days = np.arange(values.shape[1], dtype=float) - 5
    trace = Trace(name="Neutrophils", unit="1e9/L", days=days, values=values)
    return Panel(title="Neutrophils", traces=(trace,), floor=0.01, ceiling=100.0, **limits)


def test_the_band_leaves_out_who_has_no_value():
    low, middle, high = band(np.array([[1.0, 5.0, np.nan], [3.0, np.nan, np.nan]]))
    assert middle[:2].tolist() == [2.0, 5.0]
    assert np.isnan([low[2], middle[2], high[2]]).all()


def test_the_axis_covers_the_days_of_most_patients():
    values = np.full((10, 20), 2.0)
    values[1:, :4] = np.nan
    traces = PathwayTraces(panels=(panel(values),), subjects=tuple("ABCDEFGHIJ"))
    assert draw_pathway(traces, simulated=True).axes[0].get_xlim() == pytest.approx((-1.0, 14.0))


def test_values_outside_the_axis_lie_on_its_edge():
    figure = draw_pathway(PathwayTraces(panels=(panel(np.full((2, 20), 1e-9)),), subjects=("A", "B")), simulated=True)
    assert min(line.get_ydata().min() for line in figure.axes[0].lines if len(line.get_ydata()) == 20) == 0.01


def test_an_empty_trace_still_draws():
    draw_pathway(PathwayTraces(panels=(panel(np.full((2, 20), np.nan)),), subjects=("A", "B")), simulated=True)
