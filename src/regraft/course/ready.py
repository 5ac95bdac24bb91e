"""Whether the model is already compiled on this machine."""

from regraft.core.kernel_cache import is_kept


def is_compiled(module: str = "simulate") -> bool:
    """Return whether the cache holds the program of `module` that runs a patient, for these sources and machine."""
    return is_kept(f"regraft.course.{module}", "_some_patients", "course")
