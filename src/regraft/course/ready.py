"""Whether the model is already compiled on this machine."""

from collections.abc import Callable

from regraft.core.kernel_cache import is_kept
from regraft.course.enrol import enrol_some
from regraft.course.on_drugs import live_some_on_drugs
from regraft.course.transplanted import transplant_some
from regraft.treatment.ward import treat_some

_PROGRAMS: dict[str, tuple[Callable[..., object], ...]] = {
    "transplanted": (treat_some, transplant_some),
    "on_drugs": (live_some_on_drugs,),
}


def is_compiled(program: str = "transplanted") -> bool:
    """Return whether what finds people and lives them (`transplanted` or `on_drugs`) is kept for these sources."""
    return all(map(is_kept, (enrol_some, *_PROGRAMS[program])))
