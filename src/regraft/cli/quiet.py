"""What libraries say to programmers does not reach a user, and what a user told them for other work does not reach us.

Warnings with source lines and notes about caches stay unsaid; whoever asks for them (``python -W default`` or
PYTHONWARNINGS) gets them. Settings for matplotlib are left unread, because a broken file of them would end the command;
readable ones would not change our figures (`regraft.figures.style`).
"""

import logging
import os
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SETTINGS = "matplotlibrc"
_PROJECTIONS = "mpl_toolkits.mplot3d"
_NOT_THERE: Any = None  # how Python notes a module that is not to be imported
_THREADS, _MOST_THREADS = "POLARS_MAX_THREADS", 1024


def quiet_libraries() -> None:
    """Leave warnings and log lines of libraries unsaid, unless warnings were asked for."""
    if sys.warnoptions:
        return
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"  # for workers
    logging.getLogger().addHandler(logging.NullHandler())  # else Python prints what nobody handles


def leave_unused_projections() -> None:
    """Let matplotlib do without its axes in three dimensions, which no figure has and whose import takes a tenth.

    It goes on with a warning, so who asked for warnings gets the import.
    """
    if not sys.warnoptions:
        sys.modules.setdefault(_PROJECTIONS, _NOT_THERE)


def leave_impossible_threads() -> None:
    """Take a number of threads away that the table library would die of: none at all, or more than a machine starts."""
    threads = os.environ.get(_THREADS, "1")
    if not (threads.isdecimal() and 1 <= int(threads) <= _MOST_THREADS):
        del os.environ[_THREADS]


def leave_drawing_settings() -> None:
    """Let this process find matplotlib's own settings before a user's.

    The file in the current folder comes even before.
    """
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return
    settings = Path(spec.origin).parent / "mpl-data"
    os.environ.pop(
        "SOURCE_DATE_EPOCH", None
    )  # our figures have no date, and one that is no number would end the drawing
    os.environ.pop("MPLBACKEND", None)  # a name that matplotlib does not know would end its import
    os.environ["MATPLOTLIBRC"] = str(settings / _SETTINGS)
    if not os.path.lexists(_SETTINGS):
        return
    here = Path.cwd()
    os.chdir(settings)
    try:
        import_module("matplotlib")
    finally:
        os.chdir(here)
