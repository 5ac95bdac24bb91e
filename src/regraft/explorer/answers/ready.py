"""The model, compiled or loaded before it is asked for."""

from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.core.kernels import refuse_interpreted
from regraft.course import ready
from regraft.trial.run import compile_trial


def is_compiled() -> bool:
    """Say whether nothing has to be compiled first."""
    return ready.is_compiled("transplanted") and ready.is_compiled("on_drugs")


def load() -> None:
    """Load what a trial needs; what else a profile needs loads with the first of them."""
    refuse_interpreted()
    compile_trial(planned(protocol("atkins-2016").settings, seed=0))
