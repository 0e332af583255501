"""One signing key in one file: whose it is, its public half in the clear, its private half sealed or plain.

A sealed file is closed with a passphrase: Argon2id (RFC 9106) makes a key of it, ChaCha20-Poly1305 (RFC 8439)
closes the private half, and everything that the file says beside it is its associated data. The parameters stand
in the file. The SHA-256 at its end is over all the rest: it tells a damaged file from a wrong passphrase.

    KeyUnusable
      KeyMissing          no such file on this machine
      KeyDamaged          not a key file, or not the one that belongs under this name
      KeyExposed          others on this machine can read it
      PassphraseMissing   sealed, and nobody said the passphrase
      PassphraseWrong     sealed with another passphrase
"""

import contextlib
import hashlib
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, NoReturn

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mufakat.journal.durable import settle_folder
from mufakat.model.charter import Role
from mufakat.model.signing import KEY_BYTES, public_key

MEMORY_KIB, ITERATIONS, LANES = 65_536, 3, 4
"""The second recommended choice of RFC 9106, section 4: a guess costs 64 MiB and about a tenth of a second."""
MOST_MEMORY_KIB: Final = 2_097_152
"""A file that asks for more is not one of ours: reading it must not stop the machine."""
_OWNER_ONLY: Final = 0o600
_HEX: Final = re.compile(r"([0-9a-f]{2})*")


class KeyUnusable(Exception):
    """A key cannot be used; the text names the file and what to do."""


class KeyMissing(KeyUnusable):
    """No key of that author and role is on this machine."""


class KeyDamaged(KeyUnusable):
    """The file is not what was once written, or belongs to another author or role."""


class KeyExposed(KeyUnusable):
    """The file can be read by others than its owner."""


class PassphraseMissing(KeyUnusable):
    """The file is sealed and there is no passphrase to open it with."""


class PassphraseWrong(KeyUnusable):
    """The file is whole, and another passphrase sealed it."""


class Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a passphrase becomes the key that seals: memory in KiB, passes, lanes, salt as hex."""

    name: Literal["argon2id"]
    memory_kib: int
    iterations: int
    lanes: int
    salt: str


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file holds; bytes as hex. `kdf` is None and `nonce` empty when `private` lies there plain."""

    author: str
    role: Role
    public: str
    kdf: Kdf | None
    nonce: str
    private: str
    sha256: str = ""
    mufakat_key: Literal[1] = 1

    @property
    def sealed(self) -> bool:
        """Tell whether a passphrase is needed."""
        return self.kdf is not None


class Passphrase:
    """A passphrase that is asked for when a file first needs it, and what it becomes under each set of parameters.

    `given`: the user named where it comes from, so new keys are to be sealed with it.
    """

    def __init__(self, ask: Callable[[], str], *, given: bool = True) -> None:
        self.given: Final = given
        self._ask: Final = ask
        self._text: bytes | None = None
        self._keys: dict[Kdf, bytes] = {}

    def key(self, kdf: Kdf) -> bytes:
        """Return the 32-byte key under these parameters; each is derived once."""
        if self._text is None:
            # Two keyboards may spell one letter with other code points.
            self._text = unicodedata.normalize("NFC", self._ask()).encode()
        if kdf not in self._keys:
            derivation = Argon2id(
                salt=bytes.fromhex(kdf.salt),
                length=32,
                iterations=kdf.iterations,
                lanes=kdf.lanes,
                memory_cost=kdf.memory_kib,
            )
            self._keys[kdf] = derivation.derive(self._text)
        return self._keys[kdf]


def nobody() -> NoReturn:
    """Answer for a passphrase where there is none."""
    raise PassphraseMissing("there is no passphrase: name a file that holds it with --passphrase-file")


def new_kdf() -> Kdf:
    """Return the parameters for a new ring of keys, with a salt of their own."""
    return Kdf("argon2id", MEMORY_KIB, ITERATIONS, LANES, secrets.token_hex(16))


def plain(author: str, role: Role, private: bytes) -> KeyFile:
    """Return a file that holds a private key as it is."""
    return KeyFile(author, role, public_key(private).hex(), None, "", private.hex())


def sealed(author: str, role: Role, private: bytes, kdf: Kdf, passphrase: Passphrase) -> KeyFile:
    """Return a file that holds a private key sealed with a passphrase."""
    nonce = secrets.token_bytes(12)
    file = KeyFile(author, role, public_key(private).hex(), kdf, "", "")
    closed = ChaCha20Poly1305(passphrase.key(kdf)).encrypt(nonce, private, _beside(file))
    return msgspec.structs.replace(file, nonce=nonce.hex(), private=closed.hex())


def opened(path: Path, file: KeyFile, passphrase: Passphrase) -> bytes:
    """Return the private key (32 bytes) that a file holds; raises KeyUnusable."""
    private = bytes.fromhex(file.private)
    if file.kdf is not None:
        try:
            key = passphrase.key(file.kdf)
            private = ChaCha20Poly1305(key).decrypt(bytes.fromhex(file.nonce), private, _beside(file))
        except PassphraseMissing as error:
            raise PassphraseMissing(f"{path} is encrypted: {error}") from None
        except InvalidTag:
            raise PassphraseWrong(
                f"{path} is encrypted with another passphrase; if changing it was broken off, run "
                "`mufakat keys change-passphrase` again with the same two"
            ) from None
    if len(private) != KEY_BYTES or public_key(private).hex() != file.public:
        raise KeyDamaged(f"{path} holds a private key that does not belong to its public one; {_BACK}")
    return private


def read(path: Path) -> KeyFile:
    """Read a key file, which only its owner may be able to read; raises KeyUnusable."""
    try:
        with path.open("rb") as opened_file:
            mode = stat.S_IMODE(os.fstat(opened_file.fileno()).st_mode)
            data = opened_file.read(65_536)
    except OSError as error:
        raise KeyMissing(f"{path} cannot be read: {error.strerror}") from None
    if mode & ~_OWNER_ONLY & 0o077:
        raise KeyExposed(
            f"{path} can be read by others (mode {mode:04o}): if somebody may have, make a new key; "
            f"else `chmod 600 {path}`"
        )
    try:
        file = msgspec.json.decode(data, type=KeyFile)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise KeyDamaged(f"{path} holds no usable key: it is not a key file; {_BACK}") from None
    if _written(file) != data:
        raise KeyDamaged(f"{path} holds no usable key: it was damaged or edited; {_BACK}")
    wrong = _out_of_bounds(file)
    if wrong:
        raise KeyDamaged(f"{path} holds no usable key: {wrong}; {_BACK}")
    return file


_BACK: Final = "put the file back from your copy"


def write(path: Path, file: KeyFile, *, over: bool) -> None:
    """Write a key file whole and durably, for its owner alone; `over` one that is there, else FileExistsError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as out:
            out.write(_written(file))
            out.flush()
            os.fsync(out.fileno())
        if over:
            partial.replace(path)
        else:
            try:
                path.hardlink_to(partial)
            except FileExistsError:
                raise FileExistsError(f"{path} is there already; a key is never written over") from None
        settle_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _written(file: KeyFile) -> bytes:
    """Give the bytes of a file; only one form is taken."""
    bare = msgspec.json.encode(msgspec.structs.replace(file, sha256=""))
    checked = msgspec.structs.replace(file, sha256=hashlib.sha256(bare).hexdigest())
    return msgspec.json.format(msgspec.json.encode(checked), indent=2) + b"\n"


def _beside(file: KeyFile) -> bytes:
    """Give what the seal also vouches for: author, role, public key, parameters."""
    return msgspec.json.encode(msgspec.structs.replace(file, nonce="", private="", sha256=""))


def _out_of_bounds(file: KeyFile) -> str | None:
    """Say what no key file of this program has; its checksum may well be right."""
    kdf, texts = file.kdf, [(file.public, 32), (file.private, 32 if file.kdf is None else 48)]
    texts += [(file.nonce, 0 if kdf is None else 12)] + ([(kdf.salt, 16)] if kdf else [])
    if any(_HEX.fullmatch(text) is None or len(text) != 2 * size for text, size in texts):
        return "a field has not its length in hex"
    if kdf and not (8 * kdf.lanes <= kdf.memory_kib <= MOST_MEMORY_KIB):
        return "its memory is out of bounds"
    if kdf and not (1 <= kdf.iterations <= 64 and 1 <= kdf.lanes <= 64):
        return "its iterations or lanes are out of bounds"
    return None


def remove_leftovers(folder: Path) -> None:
    """Take away what a write that was broken off left in the folders of a ring."""
    for partial in folder.glob("*/.*.part"):
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
