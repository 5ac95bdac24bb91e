"""The data that come with regraft, to try things on."""

from pathlib import Path

from regraft.core.errors import InputError, nearest
from regraft.core.library import LIBRARY

_EXAMPLES = LIBRARY / "examples"


def example(name: str = "registry-sample") -> Path:
    """Return the folder of an example that comes with regraft; to change one, copy it first (`regraft copy`).

    Parameters
    ----------
    name : str
        ``registry-sample`` (foreign files with a mapping) or ``new-trial`` (a trial to predict).

    Raises
    ------
    InputError
        No such example; the nearest name is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.check(rg.example("registry-sample")).intact
    True
    """
    known = sorted(path.name for path in _EXAMPLES.iterdir())
    if name not in known:
        raise InputError(f"{name!r}: no example of this name. {nearest(name, known)}")
    return _EXAMPLES / name
