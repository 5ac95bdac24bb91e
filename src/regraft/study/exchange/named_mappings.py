"""Mapping files that come with regraft, found by name: ``--mapping msprog``."""

from pathlib import Path

from regraft.core.library import LIBRARY

FOLDER = LIBRARY / "mappings"


def named_mappings() -> tuple[str, ...]:
    """Return the names of the mapping files that come with regraft."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def mapping_path(path: Path) -> Path:
    """Return the mapping file itself, or the one of that name; a path that is neither comes back as it is.

    Parameters
    ----------
    path : Path
        Path to a mapping file, or a name from `named_mappings`.
    """
    return FOLDER / f"{path}.toml" if not path.is_file() and str(path) in named_mappings() else path
