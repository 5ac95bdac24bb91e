"""People of a pool lived on a worker are those lived here, byte by byte, whether the worker sees the pool or not."""

import pickle

from small_pools import PART

from regraft.cluster.shared import offered
from regraft.simulated_design.on_cluster import PoolsElsewhere, live_people_elsewhere
from regraft.simulated_design.pool import part_name


def test_people_lived_elsewhere_are_written_there_or_sent_back_as_they_are_here(pool, tmp_path):
    part = (pool.lives.digest, PART, PART)
    here = (pool.folder / part_name(PART)).read_bytes()
    with offered(tmp_path) as folder:
        told = PoolsElsewhere({pool.lives.digest: pool.lives}, {pool.lives.digest: folder})
        arrived = pickle.loads(pickle.dumps(told))  # noqa: S301 - as it travels to a worker
        assert live_people_elsewhere(arrived, [part]) == {}
        assert (tmp_path / part_name(PART)).read_bytes() == here
    assert live_people_elsewhere(arrived, [part]) == {part: here}
    assert [path.name for path in tmp_path.iterdir()] == [part_name(PART)]
