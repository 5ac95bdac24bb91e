"""Reference pages of `import regraft as rg`, from its docstrings: one page for each part of the front door."""

import inspect
from types import ModuleType

import regraft as rg

PARTS = {
    "simulate": (
        "Simulate",
        "Nobody in these results exists.",
        ("protocols", "protocol", "Protocol", "simulate", "Run", "compare", "Comparison", "profile", "Profile"),
    ),
    "recorded": (
        "Recorded data",
        "Reading, checking, deriving and statistics never load the simulator.",
        (
            *("read_study", "Study", "check", "Findings", "propose_mapping", "Mapping", "convert", "example"),
            *("derive", "Endpoints", "progression", "Progression", "msprog", "multiverse", "Multiverse"),
            *("analyse", "Analysis", "AnalysisFile", "analysis_sets", "AnalysisSets"),
        ),
    ),
    "judge": (
        "Design, predict and judge",
        "The next trial; published trials beside their predictions; what drives an outcome.",
        (
            *("design", "TrialDesign", "predict", "Prediction", "validate", "Validation", "verify", "Verification"),
            *("sensitivity", "Sensitivity", "hypotheses", "Hypotheses", "evidence", "Evidence", "sbml", "AcuteModel"),
            *("cite", "Sources", "InputError", "RegraftError"),
        ),
    ),
}
MODULES = {
    "stats": ("rg.stats: statistics", "Arrays in, a frozen result out; each equals R where R has it."),
    "plot": ("rg.plot: figures", "The figures of the reports. Each returns a matplotlib figure."),
}


def public_names() -> set[str]:
    """Return the names of the front door that stand on a page; a name of a part that is not public is an error."""
    named = [name for _, _, names in PARTS.values() for name in names]
    unknown = set(named) - set(rg.__all__)
    if unknown or len(named) != len(set(named)):
        raise SystemExit(f"scripts/site/site_api.py names {sorted(unknown)}, or a name twice")
    return {*named, *MODULES}


def api_pages() -> dict[str, str]:
    """Return every page by its path; a public name that another helper added goes to a page of its own kind."""
    missing = tuple(sorted(set(rg.__all__) - public_names()))
    pages = {}
    for key, (title, introduction, names) in PARTS.items():
        with_new = names + (missing if key == "judge" else ())
        pages[f"reference/python-{key}.md"] = _page(title, introduction, "rg", rg, with_new)
    for key, (title, introduction) in MODULES.items():
        module = getattr(rg, key)
        pages[f"reference/python-{key}.md"] = _page(title, introduction, f"rg.{key}", module, module.__all__)
    return pages


def _page(title: str, introduction: str, prefix: str, module: ModuleType, names: tuple[str, ...]) -> str:
    lines = [f"# {title}", "", introduction, "", "```python", "import regraft as rg", "```", ""]
    functions = [name for name in names if not inspect.isclass(getattr(module, name))]
    classes = [name for name in names if inspect.isclass(getattr(module, name))]
    place = module.__name__ if prefix == "rg" else f"regraft.{prefix.removeprefix('rg.')}"
    for heading, kind, of_kind in (
        ("What may be called", "function", functions),
        ("What comes back", "class", classes),
    ):
        if of_kind:
            lines += [f"## {heading}", ""]
        for name in of_kind:
            lines += [f"### {prefix}.{name}", "", "```{eval-rst}", *_directive(kind, f"{place}.{name}", module, name)]
            lines += ["```", ""]
    return "\n".join(lines)


def _directive(kind: str, path: str, module: ModuleType, name: str) -> list[str]:
    if kind == "class" or inspect.isclass(getattr(module, name)):
        return [f".. autoclass:: {path}", "   :members:", "   :no-undoc-members:"]
    if not callable(getattr(module, name)):
        return [f".. autodata:: {path}"]
    return [f".. autofunction:: {path}"]


def share_with_example() -> tuple[int, int]:
    """Return how many public callables and classes have an example, and how many there are."""
    owners = [(rg, [name for name in rg.__all__ if name not in MODULES])]
    owners += [(module, list(module.__all__)) for module in (rg.stats, rg.plot)]
    documented = [getattr(owner, name) for owner, names in owners for name in names]
    documented = [one for one in documented if callable(one)]
    return sum("Examples\n" in (one.__doc__ or "") for one in documented), len(documented)
