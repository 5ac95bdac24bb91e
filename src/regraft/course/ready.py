"""Whether the model is already compiled on this machine."""

from regraft.core.kernels import cache_root, digest_of_sources


def is_compiled() -> bool:
    """Return whether the cache holds the program that runs a patient, for exactly these sources."""
    folder = cache_root() / f"kernels-{digest_of_sources('course')}"
    return any(folder.rglob("simulate._some_patients*.nbc"))
