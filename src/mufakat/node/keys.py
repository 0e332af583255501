"""Signing keys on this machine: one PEM file (PKCS #8) a key, readable by its owner alone.

`keys/<author>/<role>.pem`. Whoever holds a file can sign in that role; the files never leave the machine and
are no part of the journal.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mufakat.model.charter import Role
from mufakat.model.signing import public_key

_OWNER_ONLY: Final = 0o600


class KeyMissing(Exception):
    """No key of that author and role is on this machine."""


def generate() -> bytes:
    """Make a new private key (32 bytes) from the system's randomness."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


class KeyRing:
    """The keys in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._loaded: dict[tuple[str, Role], tuple[bytes, bytes]] = {}

    def add(self, author: str, role: Role, private: bytes) -> bytes:
        """Write a private key (32 bytes) and return its public key; FileExistsError when there is one."""
        path = self._path(author, role)
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.from_private_bytes(private).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
            file.write(pem)
        return public_key(private)

    def pair(self, author: str, role: Role) -> tuple[bytes, bytes]:
        """Return (public, private) of an author's key; raises KeyMissing."""
        known = self._loaded.get((author, role))
        if known is not None:
            return known
        path = self._path(author, role)
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError:
            raise KeyMissing(f"no {role} key of {author} is on this machine ({path})") from None
        except (ValueError, TypeError) as error:
            raise KeyMissing(f"{path} holds no usable key: {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyMissing(f"{path} holds a key of another kind; Ed25519 is wanted")
        private = key.private_bytes_raw()
        self._loaded[author, role] = public_key(private), private
        return self._loaded[author, role]

    def has(self, author: str, role: Role) -> bool:
        """Tell whether an author's key of this role is on this machine."""
        return self._path(author, role).exists()

    def _path(self, author: str, role: Role) -> Path:
        return self._folder / author / f"{role}.pem"
