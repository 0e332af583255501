import msgspec
import pytest

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.model.charter import Genesis, Role, union_id
from mufakat.model.signing import Domain, public_key, sign
from mufakat.node import ceremony
from mufakat.node.ceremony import CharterSignature, SignatureRefused
from mufakat.node.keys import KeyMissing, KeyRing
from tests.union import MEMBERS, charter, private

replace = msgspec.structs.replace


@pytest.fixture
def rings(tmp_path) -> dict[str, KeyRing]:
    """Each member's machine has its own vote key and no other."""
    rings = {member: KeyRing(tmp_path / member) for member in MEMBERS}
    for member, ring in rings.items():
        ring.add(member, Role.VOTE, private(member, "vote"))
    return rings


@pytest.fixture
def signed(rings) -> list[CharterSignature]:
    return [ceremony.sign_charter(charter(), member, ring) for member, ring in rings.items()]


def faults(signatures) -> list[str]:
    found = ceremony.genesis_of(charter(), signatures)
    assert not isinstance(found, Genesis)
    return found


def test_the_signatures_of_all_members_found_the_union_in_any_order(signed):
    genesis = ceremony.genesis_of(charter(), signed[::-1])
    assert isinstance(apply.found(genesis), State)
    assert genesis == ceremony.genesis_of(charter(), [*signed, signed[0]])


def test_a_signature_goes_through_its_file(signed, tmp_path):
    path = tmp_path / "QM.sig"
    path.write_bytes(ceremony.encode_signature(signed[0]))
    assert ceremony.read_signature(path) == signed[0]
    assert signed[0].union == union_id(charter()).hex()


def test_a_member_signs_with_its_own_voting_key_alone(rings, tmp_path):
    with pytest.raises(KeyMissing, match="no vote key of QN"):
        ceremony.sign_charter(charter(), "QN", rings["QM"])
    other = KeyRing(tmp_path / "other")
    other.add("QM", Role.VOTE, private("QM", "submit"))
    with pytest.raises(SignatureRefused, match="not in the charter"):
        ceremony.sign_charter(charter(), "QM", other)


def test_who_is_missing_is_named(signed):
    assert faults(signed[:1]) == ["QN: its signature is missing", "QO: its signature is missing"]


def test_a_signature_under_another_charter_is_told_with_both_numbers(rings, signed):
    changed = charter(day_quorum=3)
    other = ceremony.sign_charter(changed, "QN", rings["QN"])
    (fault,) = faults([signed[0], other, signed[2]])
    assert fault.startswith("QN: it signed another charter")
    assert union_id(changed).hex()[:16] in fault
    assert union_id(charter()).hex()[:16] in fault


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"member": "QX"}, "QX: it is no member"),
        ({"signature": "00" * 64}, "QN: its signature does not fit"),
        ({"signature": "00"}, "QN: its signature does not fit"),
        ({"signature": "none"}, "QN: its signature is not hex"),
        ({"public": public_key(private("QN", "submit")).hex()}, "does not name as its vote key"),
        ({"public": public_key(private("QM", "vote")).hex()}, "does not name as its vote key"),
        ({"union": "00" * 32}, "QN: it signed another charter"),
    ],
)
def test_a_wrong_signature_is_refused_with_the_name_of_whose_it_is(signed, change, told):
    found = faults([signed[0], replace(signed[1], **change), signed[2]])
    assert told in "\n".join(found)


def test_a_signature_for_another_purpose_founds_nothing(signed):
    data = sign(private("QN", "vote"), Domain.COMMAND, union_id(charter())).hex()
    assert faults([signed[0], replace(signed[1], signature=data), signed[2]]) == [
        "QN: its signature does not fit"
    ]


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"union": 1}'])
def test_a_file_that_is_no_signature_is_named(tmp_path, data):
    (tmp_path / "QM.sig").write_bytes(data)
    with pytest.raises(SignatureRefused, match=r"QM\.sig is no signature"):
        ceremony.read_signature(tmp_path / "QM.sig")
    with pytest.raises(SignatureRefused, match="cannot be read"):
        ceremony.read_signature(tmp_path / "none.sig")
