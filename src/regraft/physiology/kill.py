"""What a day of conditioning kills, by tissue: the common scale on which drugs and radiation add up."""

from typing import NamedTuple

from regraft.core.kernels import kernel


class Kill(NamedTuple):
    """Rates per day: decades of memory T cells in tissue, toxicity to the liver, natural logarithms for the others."""

    stem: float
    progenitors: float
    lymphocytes: float
    memory_log10: float
    mucosa: float
    liver: float


@kernel
def both(a: Kill, b: Kill) -> Kill:
    """Two kills at the same time; no synergy is assumed."""
    return Kill(
        a.stem + b.stem,
        a.progenitors + b.progenitors,
        a.lymphocytes + b.lymphocytes,
        a.memory_log10 + b.memory_log10,
        a.mucosa + b.mucosa,
        a.liver + b.liver,
    )


@kernel
def no_kill() -> Kill:
    """A day without any."""
    return Kill(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
