"""A small pool of people who really live both arms, for every test of this folder that needs one."""

import pytest

from regraft.core.parameters import load_parameters
from regraft.endpoints.definition import load_definition
from regraft.simulated_design import pool as pool_module
from regraft.simulated_design.lives import Lives
from regraft.trial.protocol import load_protocol

CLUSTER, CLUSTERS, PART = 8, 20, 40


def lives_of(protocol: str = "ram-ms", **more) -> Lives:
    one = load_protocol(protocol)
    names = more.pop("definitions", (one.endpoints.definitions,))
    fields = {"draws": None, "cluster": CLUSTER, "years": 3.0, "seed": 2016} | more
    return Lives(
        protocol=one,
        definitions={name: load_definition(name) for name in names},
        parameters=load_parameters(),
        **fields,
    )


@pytest.fixture(scope="session")
def pools(tmp_path_factory):
    return tmp_path_factory.mktemp("pools")


@pytest.fixture(scope="session")
def pool(pools):
    """160 people of RAM-MS under both arms, in parts of 40."""
    patch = pytest.MonkeyPatch()
    patch.setattr(pool_module, "PEOPLE_PER_PART", PART)
    yield pool_module.fill_pool(lives_of(definitions=("neda-3", "mist")), CLUSTERS, pools)
    patch.undo()
