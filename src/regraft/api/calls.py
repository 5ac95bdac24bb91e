"""Python expressions that make a result again, as reports print them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol as Shape
from typing import runtime_checkable

from regraft.analysis.asked import AnalysisFile
from regraft.study.tables import Study


@runtime_checkable
class _Made(Shape):
    """What knows the expression that makes it, such as a protocol."""

    @property
    def call(self) -> str: ...


def shown(value: object, name: str = "study") -> str:
    """Return a value as it stands in an expression; what was made by a call stands there by it.

    Parameters
    ----------
    value : object
        Paths stand as they were given.
    name : str
        Under which a study in memory stands, which nothing can make again.

    Examples
    --------
    >>> shown(Path("my trial.toml")), shown(["cy-atg", Path("a.toml")]), shown(2.5)
    ("'my trial.toml'", "['cy-atg', 'a.toml']", '2.5')
    """
    if isinstance(value, str | Path):
        return repr(str(value))
    if isinstance(value, Study):
        return name
    if isinstance(value, AnalysisFile):
        return repr(value.model_dump(mode="json", exclude_unset=True))
    if isinstance(value, _Made):
        return value.call
    if isinstance(value, Sequence):
        return f"[{', '.join(map(shown, value))}]"
    return repr(value)


def call(function: str, *values: object, **options: object) -> str:
    """Return the expression that calls a public function; an option that is None is left out, `posterior` is not.

    Examples
    --------
    >>> call("rg.predict", "halt-ms", seed=1, posterior=None, years=None)
    "rg.predict('halt-ms', seed=1, posterior=None)"
    """
    kept = {key: value for key, value in options.items() if value is not None or key == "posterior"}
    parts = (*map(shown, values), *(f"{key}={shown(value, key)}" for key, value in kept.items()))
    return f"{function}({', '.join(parts)})"
