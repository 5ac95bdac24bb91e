"""The study that every format must carry, and the moment written into files."""

from datetime import UTC, datetime

import pytest
from specimen import specimen_study

from regraft.study.tables import Study

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def created() -> datetime:
    return CREATED


@pytest.fixture(params=[False, True], ids=["recorded", "simulated"])
def full_study(request) -> Study:
    return specimen_study(simulated=request.param)
