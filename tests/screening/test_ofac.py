"""OFAC's CSV files: three beside one, told when one is not there, and refused when one is cut."""

import pytest

from mufakat.model.listing import Alias, Born, Kind
from mufakat.screening import ofac
from mufakat.screening.entry import ListFaulty
from tests.screening.lists import CONSOLIDATED, SDN

SHIP = (
    '4243,"EBANO","vessel","CUBA",-0- ,-0- ,"Tug",-0- ,1865,Panama,-0- ,'
    "\"Identification IMO 7406784; f.k.a. 'ANA I'.\""
)
MAN = (
    '36,"ABBAS, Abu","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"DOB 10 Dec 1948; alt. DOB 1950; Passport AD127327 (Iraq); nationality Iraq."'
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sdn.csv").write_text(f"{MAN}\r\n{SHIP}\r\n\x1a")
    (tmp_path / "alt.csv").write_text('36,12,"aka","ZAYDAN, Muhammad",-0- \r\n\x1a')
    (tmp_path / "add.csv").write_text('36,25,-0- ,"Baghdad","Iraq",-0- \r\n\x1a')
    (tmp_path / "sdn_comments.csv").write_text("36,\"; a.k.a. 'MUHAMMAD'.\"\r\n\x1a")
    return tmp_path


def test_an_entry_is_put_together_of_all_its_files(folder):
    found = ofac.read(folder / "sdn.csv")
    man, ship = found.entries
    assert found.told == ()
    assert man.names == (Alias("ABBAS, Abu"), Alias("ZAYDAN, Muhammad"), Alias("MUHAMMAD", weak=True))
    assert man.born == (Born(1948, 1948), Born(1950, 1950))
    assert (man.countries, man.addresses, man.identifiers) == (("Iraq",), ("Baghdad, Iraq",), ("AD127327",))
    assert (ship.kind, ship.identifiers, ship.countries) == (Kind.VESSEL, ("IMO 7406784",), ("Panama",))
    assert ship.names == (Alias("EBANO"), Alias("ANA I", weak=True))


def test_a_number_ends_before_the_full_stop_of_the_remarks(folder):
    path = folder / "sdn.csv"
    path.write_text(path.read_text().replace("; nationality Iraq.", ".").replace(" (Iraq)", ""))
    assert ofac.read(path).entries[0].identifiers == ("AD127327",)


def test_a_file_that_is_not_there_is_told(folder):
    whole = ofac.read(folder / "sdn.csv").version
    (folder / "alt.csv").unlink()
    found = ofac.read(folder / "sdn.csv")
    assert found.told == (
        "OFAC SDN: without alt.csv: names that stand in it alone are missing. Fetch it too",
    )
    assert found.version != whole


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("sdn.csv", lambda data: data[:-40], "sdn.csv:2: .*cut"),
        ("sdn.csv", lambda data: data[:60], "sdn.csv:1: 12 columns"),
        ("alt.csv", lambda data: b"ent_num,alt_num\n", "alt.csv:1: 5 columns"),
        ("add.csv", lambda data: data.replace(b"Baghdad", b"Baghd\xe4d"), "add.csv: byte 17 is not UTF-8"),
    ],
)
def test_a_file_that_is_cut_or_of_another_kind_is_refused(folder, file, change, said):
    path = folder / file
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ListFaulty, match=said):
        ofac.read(folder / "sdn.csv")


def test_the_real_lists_are_read_whole_and_tell_what_is_wrong_with_them():
    sdn, other = ofac.read(SDN), ofac.read(CONSOLIDATED)
    assert (len(sdn.entries), len(other.entries)) == (9_044, 442)
    assert [line.split(": ")[1] for line in sdn.told] == [
        "without sdn_comments.csv",
        "ent_num 2677 stands for 2 entries; the later is 2677/2",
        "addresses of ent_num 34489, which is not in sdn.csv",
    ]
    assert other.told == ()
    assert sum(each.kind is Kind.VESSEL for each in sdn.entries) == 420
