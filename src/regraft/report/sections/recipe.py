"""The lines of Python that define the names used in the calls under the figures, and run as they stand."""

from regraft.report.page import Code, Prose, Section


def recipe(call: str, *, simulated: bool) -> str:
    """Return the lines that define ``study`` and ``ends``, and of a simulated trial ``run``.

    Parameters
    ----------
    call : str
        The expression that makes what is reported again.
    simulated : bool
        Whether it is a simulated trial.

    Examples
    --------
    >>> print(recipe("rg.analyse('DIR', 'consensus', years=3.0)", simulated=False))
    import regraft as rg
    <BLANKLINE>
    done = rg.analyse('DIR', 'consensus', years=3.0)
    study, ends = done.study, done.endpoints
    """
    name = "run" if simulated else "done"
    return f"import regraft as rg\n\n{name} = {call}\nstudy, ends = {name}.study, {name}.endpoints"


def python_section(call: str) -> Section:
    """Return the last section of a page whose figures are drawn from one result, ``done``.

    Parameters
    ----------
    call : str
        The expression that makes what is reported again.
    """
    said = Prose(("The calls under the figures use this name:",))
    lines = Code(f"import regraft as rg\n\ndone = {call}")
    return Section(anchor="python", title="The same in Python", blocks=(said, lines))
