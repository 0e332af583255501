"""The key ring of this machine: `keys/<author>/<role>.key`, and `<role>.next.key` while a key is being changed.

Whoever holds a file and its passphrase can sign in that role; the files never leave the machine and are no part
of the journal. A ring has one passphrase and one salt, so that opening all of it costs one derivation. A ring
without a passphrase is for demonstrations.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mufakat.journal.durable import settle_folder
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.signing import public_key
from mufakat.node import keyfile
from mufakat.node.keyfile import (
    Kdf,
    KeyDamaged,
    KeyExposed,
    KeyFile,
    KeyMissing,
    KeyUnusable,
    Passphrase,
    PassphraseMissing,
    PassphraseWrong,
)

__all__ = [
    "Held",
    "KeyDamaged",
    "KeyExposed",
    "KeyMissing",
    "KeyRing",
    "KeyUnusable",
    "Passphrase",
    "PassphraseMissing",
    "PassphraseWrong",
    "generate",
]

_AUTHOR: Final = re.compile(r"[A-Z0-9]{2,11}")
_FILE: Final = re.compile(rf"({'|'.join(Role)})(\.next)?\.key")


class Held(msgspec.Struct, frozen=True):
    """A file of the ring. `next`: it waits for the log to know it; `fault`: why it cannot be read, or empty."""

    author: str
    role: Role
    next: bool
    file: str
    public: bytes = b""
    encrypted: bool = False
    fault: str = ""


def generate() -> bytes:
    """Make a new private key (32 bytes) from the system's randomness."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


class KeyRing:
    """The keys in one folder."""

    def __init__(self, folder: Path, passphrase: Passphrase | None = None) -> None:
        self._folder: Final = folder
        self._passphrase: Final = passphrase or Passphrase(keyfile.nobody, given=False)
        self._loaded: dict[Path, tuple[bytes, bytes]] = {}
        self._kdf: Kdf | None = None
        self._sealed: bool | None = None

    def add(self, author: str, role: Role, private: bytes) -> bytes:
        """Write a private key (32 bytes) and return its public key; FileExistsError when there is one.

        It is sealed when the passphrase was given, or when a key here is. Raises KeyUnusable when the passphrase
        does not open that one.
        """
        return self._add(self._path(author, role), author, role, private)

    def pair(self, author: str, role: Role) -> tuple[bytes, bytes]:
        """Return (public, private) of an author's key; raises KeyUnusable."""
        return self._pair(self._path(author, role), author, role)

    def has(self, author: str, role: Role) -> bool:
        """Tell whether an author's key of this role is on this machine."""
        return self._path(author, role).exists()

    def public(self, author: str, role: Role) -> bytes:
        """Return the public half of an author's key, for which no passphrase is needed; raises KeyUnusable."""
        return bytes.fromhex(self._file(self._path(author, role), author, role).public)

    def granted(self, author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
        """Return a grant for each role: of the keys that are here, and of new ones where there is none."""
        return tuple(
            KeyGrant(
                self.public(author, role) if self.has(author, role) else self.add(author, role, generate()),
                (role,),
            )
            for role in roles
        )

    def held(self) -> list[Held]:
        """List the files of the ring in order of author and role, the broken ones too."""
        return [self._held(*each) for each in self._paths()]

    # -- changing a key -------------------------------------------------------------------------------

    def prepare(self, author: str, role: Role) -> bytes:
        """Make the key that shall follow the current one, and return its public half; one that waits stays."""
        path = self._path(author, role, following=True)
        if path.exists():
            return bytes.fromhex(self._file(path, author, role).public)
        return self._add(path, author, role, generate())

    def promote(self, author: str, role: Role) -> None:
        """Put the key that waits in the place of the current one, which is then gone."""
        path = self._path(author, role)
        self._path(author, role, following=True).replace(path)
        settle_folder(path.parent)
        self._loaded.clear()

    def discard(self, author: str, role: Role) -> None:
        """Remove the key that waits; raises KeyMissing when none does."""
        path = self._path(author, role, following=True)
        if not path.exists():
            raise KeyMissing(f"no {role} key of {author} waits to follow the one in force ({path})")
        path.unlink()
        settle_folder(path.parent)
        self._loaded.clear()

    # -- sealing --------------------------------------------------------------------------------------

    def encrypt(self) -> list[Held]:
        """Seal every plain file with the ring's passphrase, each at once or not at all; return those sealed.

        Reads all of them first: when one is broken nothing is changed.
        """
        plain = [(path, file) for path, file in self._files() if not file.sealed]
        privates = [keyfile.opened(path, file, self._passphrase) for path, file in plain]
        for (path, file), private in zip(plain, privates, strict=True):
            kdf = self._kdf_of_ring()
            closed = keyfile.sealed(file.author, file.role, private, kdf, self._passphrase)
            keyfile.write(path, closed, over=True)
        keyfile.remove_leftovers(self._folder)
        done = {path for path, _ in plain}
        return [each for each in self.held() if Path(each.file) in done]

    def change_passphrase(self, new: Passphrase) -> list[Held]:
        """Seal every sealed file anew, each at once or not at all; return those changed.

        Reads all of them first: when one is broken, or neither passphrase opens it, nothing is changed. A change
        that was broken off goes on when it is asked for again with the same two.
        """
        changed: list[tuple[Path, KeyFile, bytes]] = []
        kdf: Kdf | None = None
        for path, file in self._files():
            if file.kdf is None:
                continue
            try:
                changed.append((path, file, keyfile.opened(path, file, self._passphrase)))
            except PassphraseWrong:
                keyfile.opened(path, file, new)
                kdf = file.kdf
        kdf = kdf or keyfile.new_kdf()
        for path, file, private in changed:
            keyfile.write(path, keyfile.sealed(file.author, file.role, private, kdf, new), over=True)
        keyfile.remove_leftovers(self._folder)
        done = {path for path, _, _ in changed}
        return [each for each in self.held() if Path(each.file) in done]

    @property
    def is_sealed(self) -> bool:
        """Tell whether new keys are sealed here: the passphrase was given, or a key of the ring is sealed."""
        if self._sealed is None:
            self._sealed = self._passphrase.given or any(each.encrypted for each in self.held())
        return self._sealed

    # -- files ----------------------------------------------------------------------------------------

    def _add(self, path: Path, author: str, role: Role, private: bytes) -> bytes:
        if self.is_sealed:
            file = keyfile.sealed(author, role, private, self._kdf_of_ring(), self._passphrase)
        else:
            file = keyfile.plain(author, role, private)
        keyfile.write(path, file, over=False)
        return public_key(private)

    def _kdf_of_ring(self) -> Kdf:
        """Return the parameters of the ring; the passphrase is proved on a key that they sealed."""
        if self._kdf is None:
            for path, author, role, _ in self._paths():
                with contextlib.suppress(KeyDamaged, KeyExposed):
                    file = self._file(path, author, role)
                    if file.kdf is not None:
                        keyfile.opened(path, file, self._passphrase)
                        self._kdf = file.kdf
                        return self._kdf
            self._kdf = keyfile.new_kdf()
        return self._kdf

    def _pair(self, path: Path, author: str, role: Role) -> tuple[bytes, bytes]:
        known = self._loaded.get(path)
        if known is None:
            file = self._file(path, author, role)
            known = bytes.fromhex(file.public), keyfile.opened(path, file, self._passphrase)
            self._loaded[path] = known
        return known

    def _file(self, path: Path, author: str, role: Role) -> KeyFile:
        if not path.exists():
            raise KeyMissing(f"no {role} key of {author} is on this machine ({path})")
        file = keyfile.read(path)
        if (file.author, file.role) != (author, role):
            raise KeyDamaged(
                f"{path} holds the {file.role} key of {file.author}, not the {role} key of {author}; "
                "put each file back in its place"
            )
        return file

    def _files(self) -> list[tuple[Path, KeyFile]]:
        return [(path, self._file(path, author, role)) for path, author, role, _ in self._paths()]

    def _held(self, path: Path, author: str, role: Role, following: bool) -> Held:  # noqa: FBT001 - as in Held
        try:
            file = self._file(path, author, role)
        except KeyUnusable as error:
            return Held(author, role, following, str(path), fault=str(error))
        return Held(author, role, following, str(path), bytes.fromhex(file.public), file.sealed)

    def _paths(self) -> Iterator[tuple[Path, str, Role, bool]]:
        for path in sorted(self._folder.glob("*/*.key")):
            match = _FILE.fullmatch(path.name)
            if match and _AUTHOR.fullmatch(path.parent.name):
                yield path, path.parent.name, Role(match[1]), match[2] is not None

    def _path(self, author: str, role: Role, *, following: bool = False) -> Path:
        if _AUTHOR.fullmatch(author) is None:
            raise KeyMissing(f"{author!r} is neither a member's code nor a BIC; it has no keys")
        return self._folder / author / f"{role}{'.next' if following else ''}.key"
