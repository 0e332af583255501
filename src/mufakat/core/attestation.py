"""What the state keeps of a cycle's certificates: their root, and which members have signed it."""

from mufakat.core.commitment import Record
from mufakat.model.identifier import MemberId


class Attestation(Record, frozen=True):
    """The root over the certificates of a cycle (32 bytes), how many they are, and who signed, in that order.

    `attested`: a quorum of the members has signed.
    """

    cycle: int
    root: bytes
    leaves: int
    signers: tuple[MemberId, ...] = ()
    attested: bool = False


def attestation_key(cycle: int) -> str:
    """Return the key of a cycle's record; keys sort as the numbers do."""
    return f"{cycle:019}"
