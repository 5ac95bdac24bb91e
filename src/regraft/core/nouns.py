"""Numbers with their noun."""

from numbers import Integral


def plural(number: float, noun: str, many: str = "") -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : int or float
        A whole number gets commas between thousands; another is shown as short as it can be.
    noun, many : str
        The noun of one, and of more where it is not the noun with an s.

    Examples
    --------
    >>> plural(1, "death"), plural(1200, "trial"), plural(0.5, "day"), plural(24, "person", "people")
    ('1 death', '1,200 trials', '0.5 days', '24 people')
    """
    shown = f"{number:,}" if isinstance(number, Integral) else f"{number:g}"
    return f"{shown} {noun if number == 1 else many or noun + 's'}"
