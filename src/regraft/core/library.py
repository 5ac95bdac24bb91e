"""The folder of every data file that a person may copy and change: protocols, definitions, evidence, examples."""

from pathlib import Path

from regraft.core.errors import InputError, nearest

LIBRARY = Path(__file__).resolve().parents[1] / "library"


def library_names() -> tuple[str, ...]:
    """Return what the library holds as ``folder/name``, in order: a file without its ending, or a folder of examples.

    Files that differ in their ending alone, such as a table and what was made of it, are one thing.

    Examples
    --------
    >>> [name for name in library_names() if name.startswith("designs/")]
    ['designs/beat-ms-like', 'designs/lower-risk-regimen', 'designs/ram-ms-like', 'designs/single-arm']
    """
    return tuple(sorted(_entries()))


def library_files(name: str) -> dict[str, Path]:
    """Return the files of one thing of the library, by the path that each has below the place it is copied to.

    Parameters
    ----------
    name : str
        One of `library_names`.

    Raises
    ------
    InputError
        The library holds no such thing.

    Examples
    --------
    >>> sorted(library_files("examples/new-trial"))
    ['new-trial/population.toml', 'new-trial/protocol.toml', 'new-trial/published.yaml']
    >>> list(library_files("protocols/atkins-2016"))
    ['atkins-2016.toml']
    >>> list(library_files("parameters/posterior/screen"))
    ['screen.csv', 'screen.toml']
    """
    entries = _entries()
    if name not in entries:
        raise InputError(f"{name!r}: the library holds nothing of this name. {nearest(name, sorted(entries))}")
    files = [file for path in entries[name] for file in (path, *sorted(path.rglob("*"))) if file.is_file()]
    return {file.relative_to(entries[name][0].parent).as_posix(): file for file in files}


def _entries() -> dict[str, list[Path]]:
    """Return the files of every name, or its folder where it is an example."""
    examples = LIBRARY / "examples"
    files = [path for path in LIBRARY.rglob("*") if path.is_file() and examples not in path.parents]
    found: dict[str, list[Path]] = {}
    for path in (*sorted(files), *examples.iterdir()):
        name = path.relative_to(LIBRARY).with_suffix("").as_posix() if path.is_file() else f"examples/{path.name}"
        found.setdefault(name, []).append(path)
    return found
