"""Where the numbers of a protocol or population file come from: its ``[sources]`` section, and how to count by it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Self, final

from pydantic import model_validator

from regraft.core.errors import nearest
from regraft.core.origin import Origin, Standing, standing_of
from regraft.core.settings import Choice, Issue, Section, refuse


@final
class Source(Section):
    """Where one key, or every key below it, comes from.

    ``checked = false`` marks what was recalled and not verified in the paper.
    """

    origin: Choice[Origin]
    checked: bool = True
    source: str | None = None
    locator: str | None = None
    why: str | None = None

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        missing = self.origin.lacks(self.source, self.why)
        if missing is not None:
            assumed = self.origin is Origin.ASSUMED
            what = "an assumption needs its reason" if assumed else f"a {self.origin} number needs its source"
            raise refuse(missing, None, what, f'Add {missing} = "...".')
        return self

    @property
    def standing(self) -> Standing:
        """Return how the numbers stand that come from here."""
        return standing_of(self.origin, checked=self.checked)


def leaves(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every dotted key of a file with its value, ``[sources]`` left out.

    An entry of a list is called by its ``name`` (``conditioning.drug.busulfan.dose``); one without a name by the list.

    Examples
    --------
    >>> list(leaves({"drug": [{"name": "busulfan", "dose": 0.8}]}))
    [('drug.busulfan.name', 'busulfan'), ('drug.busulfan.dose', 0.8)]
    """
    for key, value in data.items():
        if key == "sources" and not prefix:
            continue
        here = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from leaves(value, f"{here}.")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for entry in value:
                name = f"{here}.{entry['name']}" if "name" in entry else here
                yield from leaves(entry, f"{name}.")
        else:
            yield here, value


def source_of(key: str, sources: Mapping[str, Source]) -> Source | None:
    """Return the entry for `key` or for the nearest section above it."""
    parts = key.split(".")
    for count in range(len(parts), 0, -1):
        found = sources.get(".".join(parts[:count]))
        if found is not None:
            return found
    return None


def unmatched_sources(data: Mapping[str, Any], sources: Mapping[str, Source]) -> list[Issue]:
    """Return an issue for every key under ``[sources]`` that names nothing in the file."""
    known: set[str] = set()
    for key, _ in leaves(data):
        parts = key.split(".")
        known |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return [
        Issue(f'sources."{key}"', None, "there is no such key in this file", nearest(key, known))
        for key in sources
        if key not in known
    ]


def numbers(data: Mapping[str, Any]) -> dict[str, float]:
    """Return every number of a file by its dotted key (true and false are no numbers)."""
    return {
        key: float(value)
        for key, value in leaves(data)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def count_origins(data: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[Standing, int]:
    """Count the numbers of a file by how they stand; those without an entry are counted as such."""
    found = (source_of(key, sources) for key in numbers(data))
    return dict(Counter(Standing.UNSOURCED if source is None else source.standing for source in found).most_common())
