"""Versions of lists: by what their entries say, in whatever order."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.listing import (
    Alias,
    Born,
    Entry,
    Kind,
    digest_of,
    numbers_of,
    owner_of,
    version_of,
)

ENTRY = Entry(id="1", kind=Kind.PERSON, names=(Alias("A NAME"),), born=(Born(1970, 1972),))


def test_an_entry_comes_back_from_its_bytes():
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(ENTRY), type=Entry) == ENTRY
    assert ENTRY.name == "A NAME"


def test_whatever_an_entry_says_is_in_its_digest():
    others = [
        msgspec.structs.replace(ENTRY, **{name: value})
        for name, value in (
            ("kind", Kind.ENTITY),
            ("names", (Alias("A NAME", weak=True),)),
            ("born", ()),
            ("countries", ("Utopia",)),
            ("identifiers", ("IMO 9187629",)),
        )
    ]
    assert len({digest_of(each) for each in (ENTRY, *others)}) == 6


pairs = st.dictionaries(st.text(max_size=3), st.binary(min_size=32, max_size=32), max_size=5)


@given(pairs, pairs)
def test_a_version_is_of_the_entries_whatever_their_order(one, other):
    assert version_of(one.items()) == version_of(reversed(one.items()))
    assert (version_of(one.items()) == version_of(other.items())) is (one == other)


def listed(*identifiers):
    return Entry(id="1", kind=Kind.ENTITY, names=(Alias("A"),), identifiers=identifiers)


def test_numbers_name_banks_firms_and_ships_without_a_doubt():
    assert numbers_of(listed("SWIFT/BIC BMJIIRTH")) == ("bic/BMJIIRTH",)
    assert numbers_of(listed("BIC: BK02QMA1XXX")) == ("bic/BK02QMA1",)
    assert numbers_of(listed("Vessel Registration Identification IMO 9187629")) == ("imo/9187629",)
    lei_of_somebody = "5493001KJTIIGC8Y1R12"
    assert numbers_of(listed(f"LEI {lei_of_somebody}")) == (f"lei/{lei_of_somebody}",)
    assert numbers_of(listed("LEI 5493001KJTIIGC8Y1R13", "Passport A1234567", "Tax ID No. 9187629")) == ()
    assert numbers_of(listed("IMO 9187629", "IMO number 9187629")) == ("imo/9187629",)


def test_a_list_is_the_unions_or_a_members_own():
    assert owner_of("QM/ofac-sdn") == "QM"
    assert [owner_of(name) for name in ("un", "qm/x", "QM/", "QM/X", "QM/" + "x" * 32, "QMX/x")] == [None] * 6
