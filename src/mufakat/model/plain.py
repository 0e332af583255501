"""Data with its fields named, for JSON: what a program in any language can read."""

import datetime
import enum
from typing import Any

import msgspec

from mufakat.model.command import SubmitPayments
from mufakat.model.record import split, unpack


def plain(value: object) -> Any:
    """Return `value` of dicts, lists, texts, integers, booleans and None alone.

    Structs become objects with their fields' names, and their `kind` when they are one of several; enumerations
    their names in lower case, bytes hex, dates ISO 8601. Raises TypeError for anything else, a float among them.
    """
    match value:
        case SubmitPayments():
            return {"kind": type(value).__name__, "payments": [_order(each) for each in split(value.records)]}
        case msgspec.Struct():
            kind = {} if value.__struct_config__.tag is None else {"kind": type(value).__name__}
            return kind | {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        case enum.StrEnum():
            return value.value
        case enum.Enum():
            return value.name.lower()
        case bytes():
            return value.hex()
        case datetime.date():
            return value.isoformat()
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case None | bool() | int() | str():
            return value
    raise TypeError(f"{type(value).__name__} has no plain form")


def _order(record: bytes) -> Any:
    """Return a payment as an object, or the hex of a record that is ill-formed."""
    return plain(unpack(record) or record)
