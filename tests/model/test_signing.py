import pytest

from mufakat.model.signing import Domain, is_signed, public_key, sign

PRIVATE = bytes(range(32))
PUBLIC = public_key(PRIVATE)


def test_a_signature_fits_its_key_domain_and_message():
    signature = sign(PRIVATE, Domain.COMMAND, b"pay")
    assert is_signed(PUBLIC, Domain.COMMAND, b"pay", signature)
    assert signature == sign(PRIVATE, Domain.COMMAND, b"pay")


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize("other", Domain)
def test_a_signature_of_one_domain_is_none_of_another(domain, other):
    signature = sign(PRIVATE, domain, b"pay")
    assert is_signed(PUBLIC, other, b"pay", signature) is (domain is other)


def test_no_domain_is_the_beginning_of_another():
    for one in Domain:
        for other in Domain:
            assert one is other or not other.value.startswith(one.value)
        assert b"\0" not in one.value


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        (public_key(bytes(32)), b"pay", sign(PRIVATE, Domain.COMMAND, b"pay")),
        (PUBLIC, b"pay more", sign(PRIVATE, Domain.COMMAND, b"pay")),
        (PUBLIC[:-1], b"pay", sign(PRIVATE, Domain.COMMAND, b"pay")),
        (PUBLIC + b"\0", b"pay", sign(PRIVATE, Domain.COMMAND, b"pay")),
        (PUBLIC, b"pay", sign(PRIVATE, Domain.COMMAND, b"pay")[:-1]),
        (PUBLIC, b"pay", b""),
        (b"\xff" * 32, b"pay", bytes(64)),
        (bytes(32), b"pay", bytes(64)),
    ],
)
def test_what_does_not_fit_is_no_signature(public, message, signature):
    assert not is_signed(public, Domain.COMMAND, message, signature)


def test_keys_and_signatures_are_those_of_the_standard():
    """RFC 8032, section 7.1, test 2, as to the public key; the message here has its domain before it."""
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    assert public_key(secret).hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"


@pytest.mark.parametrize("high_bit", [0, 0x80])
@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_key_for_which_anybody_can_sign_signs_nothing(y, high_bit):
    weak = bytearray(y.to_bytes(32, "little"))
    weak[31] |= high_bit
    for first in (weak, (1).to_bytes(32, "little"), bytes(32)):
        for number in range(8):
            assert not is_signed(bytes(weak), Domain.COMMAND, b"%d" % number, bytes(first) + bytes(32))
