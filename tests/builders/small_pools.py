"""What a small pool for tests is made of: people of RAM-MS, in clusters far smaller than a trial."""

from typing import Any

from regraft.core.parameters import load_parameters
from regraft.endpoints.definition import load_definition
from regraft.simulated_design.lives import Lives
from regraft.trial.protocol import load_protocol

CLUSTER, CLUSTERS, PART = 8, 20, 40


def lives_of(protocol: str = "ram-ms", **more: Any) -> Lives:
    """Return what decides the people; ``more`` are fields that differ, `definitions` as names."""
    one = load_protocol(protocol)
    names = more.pop("definitions", (one.endpoints.definitions,))
    fields = {"draws": None, "cluster": CLUSTER, "years": 3.0, "seed": 2016} | more
    return Lives(
        protocol=one,
        definitions={name: load_definition(name) for name in names},
        parameters=load_parameters(),
        **fields,
    )
