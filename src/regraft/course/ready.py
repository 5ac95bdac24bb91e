"""Whether the model is already compiled on this machine."""

from regraft.core.kernels import cache_root, digest_of_sources


def is_compiled(module: str = "simulate") -> bool:
    """Return whether the cache holds the program of `module` that runs a patient, for exactly these sources."""
    folder = cache_root() / f"kernels-{digest_of_sources('course')}"
    return any(folder.rglob(f"{module}._some_patients*.nbc"))
