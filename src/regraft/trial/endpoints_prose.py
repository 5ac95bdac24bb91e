"""The endpoints of a protocol in English."""

from regraft.core.nouns import plural
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.endpoint import in_a_sentence
from regraft.trial.protocol import Protocol


def endpoints(protocol: Protocol) -> list[str]:
    """Say what is primary and what counts as it, what else is reported, and by whose rules."""
    entry, rules = protocol.endpoints, protocol.definition
    derived = catalogue_of(rules).endpoints
    primary = derived[entry.primary]
    others = [in_a_sentence(derived[name].label) for name in entry.reported if name != entry.primary]
    lines = [f"Primary, at {plural(entry.primary_years, 'year')}: {in_a_sentence(primary.label)}. {primary.rule}"]
    if others:
        lines.append(f"Also reported: {'; '.join(others)}.")
    return [*lines, f"Rules of derivation: the definitions called {rules.name}."]
