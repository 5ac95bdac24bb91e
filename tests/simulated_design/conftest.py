"""A small pool of people who really live both arms, for every test of this folder that needs one."""

import pytest
from small_pools import CLUSTERS, PART, lives_of

from regraft.simulated_design import pool as pool_module


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
