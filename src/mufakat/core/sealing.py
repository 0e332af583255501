"""The state root: taken with what it commits to, and hashed then or later.

Root = SHA-256(domain || SHA-256(preamble) || roots of the parts); what a register holds is hashed last, because it
is the most of it and stays as it was taken.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from mufakat.core.register import Register, Rows

_ROOT_DOMAIN: Final = b"mufakat/state/v8\0"


class Sealed(NamedTuple):
    """A state as it was when it was sealed. Roots of one state's seals are asked for by one thread at a time."""

    preamble: bytes
    tables: tuple[bytes, ...]
    register: Register
    rows: Rows
    reservations: bytes

    def root(self) -> bytes:
        """Return the 32-byte root that commits to everything the union knew."""
        return root_over(self.preamble, self.roots())

    def roots(self) -> tuple[bytes, ...]:
        """Give the root of each of PARTS."""
        return (*self.tables, self.register.root_of(self.rows), self.reservations)


def root_over(preamble: bytes, roots: Sequence[bytes]) -> bytes:
    """Return the state root over a preamble and the roots of PARTS, 32 bytes each."""
    return hashlib.sha256(_ROOT_DOMAIN + hashlib.sha256(preamble).digest() + b"".join(roots)).digest()
