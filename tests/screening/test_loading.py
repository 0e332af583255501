"""A list is known by its content, and what is no list is refused with a sentence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mufakat.screening.entry import ListFaulty
from mufakat.screening.loading import load
from tests.screening import lists
from tests.screening.test_eu import CSV, XML
from tests.screening.test_ofac import MAN


@pytest.mark.parametrize(
    ("file", "data", "name"),
    [
        ("a.dat", lists.un(lists.individual()), "UN"),
        ("a.dat", b"\xef\xbb\xbf" + lists.un(lists.individual()), "UN"),
        ("b.dat", XML, "EU FSF"),
        ("c.dat", CSV, "EU FSF"),
        ("SDN.CSV", MAN.encode(), "OFAC SDN"),
        ("ours.csv", b"id,name\n1,A\n", "ours"),
    ],
)
def test_a_list_is_known_by_its_content(tmp_path, file, data, name):
    (tmp_path / file).write_bytes(data)
    assert load(tmp_path / file).name == name


def test_a_file_that_is_empty_or_not_there_is_refused(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(ListFaulty, match="the file is empty"):
        load(tmp_path / "a")
    with pytest.raises(ListFaulty, match="No such file"):
        load(tmp_path / "b")


def taken(path: Path) -> bool:
    """Whether a file is a list with entries, or is refused with a sentence that ends in what to do."""
    try:
        return bool(load(path).entries)
    except ListFaulty as error:
        return len(str(error).split()) > 3


@given(data=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_a_list_or_refused(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    assert taken(tmp_path / "x")


@given(at=st.integers(0, 2_000), change=st.binary(max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_list_is_a_list_or_refused(tmp_path, at, change):
    data = bytearray(XML)
    data[at % len(data) : at % len(data) + 2] = change
    (tmp_path / "x").write_bytes(bytes(data))
    assert taken(tmp_path / "x")
