"""What a protocol takes from the one it is like: who wrote it, and that it is an assumption about one's own trial."""

from collections.abc import Iterator, Mapping
from typing import Any

from regraft.core.origin import Origin
from regraft.core.sources import Source, leaves, source_of

_SAID = ("eligibility", "accrual", "stopping")
"""What belongs to one trial and not to a treatment: whom it took, when, and when it would have stopped."""


def taken_from(
    merged: Mapping[str, Any], own: Mapping[str, Any], parent: str, of_parent: Mapping[str, str]
) -> dict[str, str]:
    """Return every dotted key that a file does not write itself, and the protocol whose file writes it.

    Parameters
    ----------
    merged, own : mapping
        A file with all that it takes, and what it says itself.
    parent : str
        Name of the protocol it is like.
    of_parent : mapping
        What that one takes in turn.
    """
    written = {key for key, _ in leaves(own)}
    return {key: of_parent.get(key, parent) for key, _ in leaves(merged) if key not in written}


def sources_of_own(
    merged: Mapping[str, Any], written: Mapping[str, Any], of_parent: Mapping[str, Source], taken: Mapping[str, str]
) -> dict[str, Any]:
    """Return the sources of a file of one's own: a number measured in another trial is an assumption about this one.

    Parameters
    ----------
    merged, written : mapping
        The section ``[sources]`` with what was taken, and as the file itself writes it; what it says of a number that
        it takes holds.
    of_parent : mapping
        The sources of the protocol it is like.
    taken : mapping
        From `taken_from`.
    """
    found = {key: entry for key, entry in merged.items() if key in written or key not in taken}
    for key, name in taken.items():
        source = source_of(key, of_parent)
        if source is None or any(key == one or key.startswith(f"{one}.") for one in written):
            continue
        where = " ".join(part for part in (source.source, source.locator) if part)
        there = (
            f"assumed there: {source.why}" if source.origin is Origin.ASSUMED else f"{source.standing} there: {where}"
        )
        found[key] = {"origin": str(Origin.ASSUMED), "why": f"taken from {name}; {there}"}
    return found


def taken_sentences(taken: Mapping[str, str], contents: Mapping[str, Any]) -> Iterator[str]:
    """Say which of eligibility, accrual and stopping rules were taken from which other trial."""
    for name in dict.fromkeys(taken.values()):
        parts = [part for section in _SAID for part in _parts(section, name, taken, contents)]
        if parts:
            yield (
                f"Taken from {name}: {', '.join(parts)}. This protocol is like it and says nothing else; where your "
                "trial was another, write it."
            )


def _parts(section: str, name: str, taken: Mapping[str, str], contents: Mapping[str, Any]) -> list[str]:
    """Return the section where all of it comes from `name`, else the keys in it that do."""
    keys = [key for key, _ in leaves({section: contents.get(section) or {}})]
    from_it = [key for key in keys if taken.get(key) == name]
    if from_it and len(from_it) == len(keys):
        return [section]
    return list(dict.fromkeys(".".join(key.split(".")[:2]) for key in from_it))
