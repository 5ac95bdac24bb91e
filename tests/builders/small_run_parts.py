"""Runs of a few people in parts of a dozen, for tests of what is done with parts."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from regraft.replication import in_parts, replicate


@contextmanager
def small_run_parts() -> Iterator[None]:
    """Let a run of 60 people be one in parts, of which the first 24 are shown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_parts, "MOST_AT_ONCE", 50)
        patch.setattr(in_parts, "_SHOWN", 24)
        patch.setattr(in_parts, "_PEOPLE_PER_PART", 12)
        patch.setattr(replicate, "_PATIENTS_PER_BATCH", 12)
        yield
