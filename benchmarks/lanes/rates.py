"""The rates of the body in lanes, many times in a row."""

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.lanes.kind import everywhere
from regraft.equations.body_in_lanes import prepare_patient, prepare_stretch, rates


@kernel
def many_rates(n: int, parameters: Floats, inputs: Floats, y: Floats, prepared: Floats, out: Floats) -> None:
    """Evaluate the rates n times in all lanes, each time in another state; `prepared` is filled in."""
    prepare_patient(parameters, prepared)
    prepare_stretch(inputs, prepared)
    for i in range(n):
        y[0, 0] = 1e-9 * i
        rates(everywhere(0.5), y, inputs, prepared, out)
