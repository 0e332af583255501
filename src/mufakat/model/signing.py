"""Ed25519 signatures (RFC 8032), each bound to what it is for by a domain.

A signature is over `domain || 0x00 || SHA-256(message)`; the same key can therefore never be made to sign one
kind of thing as another, and a hardware module signs a batch of any size as a few bytes. Keys are 32 bytes,
signatures 64.
"""

import enum
import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


_PRIME: Final = 2**255 - 19
_SMALL_ORDER: Final = (
    0,
    1,
    _PRIME - 1,
    _PRIME,
    _PRIME + 1,
    int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    ),
    int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    ),
)
"""Keys (their y) for which anybody can make a signature: points of order 1, 2, 4 and 8 of edwards25519."""


class Domain(enum.Enum):
    """What a signature is for."""

    CHARTER = b"mufakat/charter/v2"
    COMMAND = b"mufakat/command/v2"
    ADMISSION = b"mufakat/admission/v2"
    HEAD = b"mufakat/cosigned-head/v2"


def public_key(private: bytes) -> bytes:
    """Return the 32-byte public key of a 32-byte private key."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, domain: Domain, message: bytes) -> bytes:
    """Sign `message` for `domain`; 64 bytes, the same each time (RFC 8032 is deterministic)."""
    signed = domain.value + b"\0" + hashlib.sha256(message).digest()
    return Ed25519PrivateKey.from_private_bytes(private).sign(signed)


_MOST_KNOWN: Final = 65_536
_KNOWN: Final[dict[bytes, bool]] = {}
"""What was found of signatures lately, by all that it depends on; emptied when it is full."""


def is_signed(public: bytes, domain: Domain, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` by `public` fits `message` in `domain`; False for ill-formed input too."""
    return is_digest_signed(public, domain, hashlib.sha256(message).digest(), signature)


def is_digest_signed(public: bytes, domain: Domain, digest: bytes, signature: bytes) -> bool:
    """As `is_signed`, from the SHA-256 of the message.

    A command is checked when it comes in, when it is proposed and when it is decided; the answer is kept.
    """
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    signed = domain.value + b"\0" + digest
    place = public + signature + signed
    known = _KNOWN.get(place)
    if known is None:
        known = is_signed_bare(public, signed, signature)
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[place] = known
    return known


def is_signed_bare(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` by `public` fits the very bytes of `message`, as other programs sign: the engine."""
    if len(public) != KEY_BYTES or int.from_bytes(public, "little") % 2**255 in _SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
