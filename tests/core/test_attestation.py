"""What is kept of a cycle's certificates stands in the order of the cycles."""

from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.place import key_of


def test_cycles_stand_in_order_of_their_numbers():
    numbers = [1, 2, 9, 10, 99, 100, 12_345, 2**62]
    assert sorted(attestation_key(number) for number in numbers) == [
        attestation_key(each) for each in numbers
    ]


def test_a_cycle_is_signed_by_nobody_at_first():
    kept = Attestation(7, bytes(32), 3)
    assert (kept.signers, kept.attested) == ((), False)
    assert key_of(kept) == attestation_key(7)
