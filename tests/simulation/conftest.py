"""One region and one small day, shared by the tests of the simulation; and the official schemas."""

from pathlib import Path

import pytest
from lxml import etree

from mufakat.simulation.region import Region, make_region
from mufakat.simulation.workload import Day, write_day

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def region() -> Region:
    return make_region(1)


@pytest.fixture(scope="session")
def written(region: Region, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Day]:
    """The demo's day at full size, once a session: it takes half a second."""
    directory = tmp_path_factory.mktemp("day")
    return directory, write_day(region, directory, seed=1)


@pytest.fixture(scope="session")
def official():
    """Return the compiled official schema of a message name such as `pacs.008.001.08` or `UBL`."""
    if not DATA.is_dir():
        pytest.skip(f"the official schemas are not at {DATA}; put them there to run this test")
    compiled: dict[str, etree.XMLSchema] = {}

    def schema(name: str) -> etree.XMLSchema:
        if name not in compiled:
            iso = DATA / "iso20022" / "xsd" / f"{name}.xsd"
            ubl = DATA / "trade" / "xsd" / "ubl21" / "maindoc" / "UBL-Invoice-2.1.xsd"
            compiled[name] = etree.XMLSchema(file=str(ubl if name == "UBL" else iso))
        return compiled[name]

    return schema
