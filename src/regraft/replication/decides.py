"""What decides simulated people and what is measured of them: parts of one computation are not those of another."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version

from regraft.core.kernel_digest import digest_of_sources
from regraft.endpoints.definition import load_definition
from regraft.trial.run import TrialPlan
from regraft.writing.parts import Parts

MANY = 20_000  # people lived: above, a run that is stopped should not begin again
Keep = Callable[[Mapping[str, str]], Parts]
"""Takes what decides the parts of a computation, and returns where they are kept; refuses parts of another."""


def decided_by(plan: TrialPlan, wanted: object) -> Mapping[str, str]:
    """Return what decides the people of a trial and what is wanted of them, by what it is."""
    texts = {
        "protocol": plan.protocol.model_dump_json(),
        "population": plan.population.model_dump_json(),
        "endpoint definitions": load_definition(plan.protocol.endpoints.definitions).model_dump_json(),
        "evidence": repr(wanted),
        "parameter values": plan.parameters.digest,
        "parameter draws": "none" if plan.draws is None else sha256(plan.draws.values.tobytes()).hexdigest(),
    }
    return {
        "seed": str(plan.seed),
        "number of years": f"{plan.years:g}",
        **{name: sha256(text.encode()).hexdigest() for name, text in texts.items()},
        **of_this_program(),
    }


def of_this_program() -> Mapping[str, str]:
    """Return the version of regraft and the digest of its model and endpoints, which decide everything."""
    model = f"{digest_of_sources('trial')} {digest_of_sources('endpoints')}"
    return {"version of regraft": version("regraft"), "model": sha256(model.encode()).hexdigest()}


def people_name(people: range) -> str:
    """Return the name of a part, which says whom it holds by the numbers in their names."""
    return f"SIMULATED-people-{people.start + 1:07d}-{people.stop:07d}"


def ranges_of(people: int, size: int) -> tuple[range, ...]:
    """Return the people of every part of so many."""
    return tuple(range(first, min(first + size, people)) for first in range(0, people, size))


def in_a_row(ranges: Sequence[range]) -> list[list[range]]:
    """Return ranges in lists of those that follow each other without a gap."""
    lists: list[list[range]] = []
    for one in ranges:
        if lists and lists[-1][-1].stop == one.start:
            lists[-1].append(one)
        else:
            lists.append([one])
    return lists
