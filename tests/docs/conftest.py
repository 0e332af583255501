"""A desk for who reads a page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    here = Desk(tmp_path)
    yield here
    here.stop()
