"""The two keys of the consensus engine, in its own files: the validator's, and that by which peers know the node.

The engine reads them unencrypted (mode 0600); a remote signer keeps it elsewhere (docs/how-to/keys.md).
The validator's key is changed by the log first: the next one waits beside it in `priv_validator_key.next.json`
until the engine counts it. Until then the old one signs: the blocks that bring the change about need it.
"""

import base64
import hashlib
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from mufakat.journal.durable import settle_folder
from mufakat.model.signing import public_key
from mufakat.node.home import Home
from mufakat.node.keys import KeyMissing, generate


def node_id(public: bytes) -> str:
    """Return the engine's name of a node: the first 20 bytes of SHA-256 of its public node key, in hex."""
    return hashlib.sha256(public).hexdigest()[:40]


def address_of(public: bytes) -> str:
    """Return the engine's name of a validator, in hex."""
    return hashlib.sha256(public).hexdigest()[:40].upper()


def text_of(data: bytes) -> str:
    """Write bytes as the engine's files do."""
    return base64.b64encode(data).decode("ascii")


def write_validator(home: Home, private: bytes) -> None:
    """Write the validator's private key (32 bytes)."""
    _write(_validator_path(home), private)


def write_node(home: Home, private: bytes) -> None:
    """Write the private key (32 bytes) by which peers know this node."""
    _write(_node_path(home), private)


def node_private(home: Home) -> bytes:
    """Return the node's private key; made when there is none."""
    path = _node_path(home)
    if not path.exists():
        _write(path, generate())
    return _read(path)


def node_key(home: Home) -> bytes:
    """Return the node's public key; made when there is none."""
    return public_key(node_private(home))


def validator_public(home: Home) -> bytes:
    """Return the public key with which this node validates; raises KeyMissing."""
    return public_key(_read(_validator_path(home)))


def prepare_next_validator(home: Home) -> bytes:
    """Make the validator's next key beside the current one, and return its public half; one that waits stays."""
    if not _next_path(home).exists():
        _write(_next_path(home), generate())
    return public_key(_read(_next_path(home)))


def next_validator(home: Home) -> bytes | None:
    """Return the public half of the validator's next key, if one waits for the engine to count it."""
    return public_key(_read(_next_path(home))) if _next_path(home).exists() else None


def settle_next_validator(home: Home, validators: Collection[bytes]) -> bool:
    """Put the validator's next key in the place of the current one, if the engine counts it and not the current.

    `validators`: the public keys that sign the next block. Returns whether it did; the engine reads the key when it
    starts.
    """
    if next_validator(home) not in validators or validator_public(home) in validators:
        return False
    _next_path(home).replace(_validator_path(home))
    settle_folder(_validator_path(home).parent)
    return True


def _validator_path(home: Home) -> Path:
    return home.engine / "config" / "priv_validator_key.json"


def _next_path(home: Home) -> Path:
    return home.engine / "config" / "priv_validator_key.next.json"


def _node_path(home: Home) -> Path:
    return home.engine / "config" / "node_key.json"


def _write(path: Path, private: bytes) -> None:
    """Write one key as the engine reads it, whole or not at all, for its owner alone."""
    public = public_key(private)
    content: dict[str, Any] = {
        "address": address_of(public),
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": text_of(public)},
        "priv_key": {"type": "tendermint/PrivKeyEd25519", "value": text_of(private + public)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    settle_folder(path.parent)


def _read(path: Path) -> bytes:
    try:
        content = json.loads(path.read_bytes())
        return base64.b64decode(content["priv_key"]["value"], validate=True)[:32]
    except FileNotFoundError:
        raise KeyMissing(f"{path} is not there") from None
    except (ValueError, KeyError, TypeError) as error:
        raise KeyMissing(f"{path} holds no key of the engine: {error}") from None
