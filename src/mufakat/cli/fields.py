"""Structs and dates from the command line: `field=value` words, numbers and lists as JSON."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from mufakat.cli.terminal import Failed
from mufakat.model.plain import plain


def a_date(text: str) -> datetime.date:
    """Read a date; raises Failed (wrong usage) when it is none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Failed(f"{text!r} is not a date; write it as 2026-11-24", 2) from None


def struct_of(kinds: Sequence[type[msgspec.Struct]], name: str, words: Sequence[str]) -> Any:
    """Make the struct that `name` names of `field=value` words; raises Failed (wrong usage) with what is wrong.

    A value is JSON where it can be read as JSON, and else the text itself. Bytes are hex; a nested struct is a list
    of its fields in order, or an object of them by name.
    """
    known = {kind.__name__: kind for kind in kinds}
    if name not in known:
        raise Failed(f"no {name!r}; there are {', '.join(sorted(known))}", 2)
    kind = known[name]
    fields = kind.__struct_fields__
    given: dict[str, object] = {}
    for word in words:
        field, equals, value = word.partition("=")
        if not equals or field not in fields:
            raise Failed(f"{word!r}: {name} takes {', '.join(fields) or 'no fields'}", 2)
        given[field] = _read(value)
    missing = [each.name for each in msgspec.structs.fields(kind) if each.required and each.name not in given]
    if missing:
        raise Failed(f"{name}: {', '.join(missing)} missing (fields: {', '.join(fields)})", 2)
    return _made(kind, given, name)


def _read(value: str) -> object:
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def _made(kind: type[msgspec.Struct], given: dict[str, object], place: str) -> Any:
    """Make one struct; every level says its own field when something does not fit."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name in given:
            try:
                values[field.name] = _value(field.type, given[field.name], f"{place}.{field.name}")
            except (msgspec.ValidationError, ValueError) as error:
                raise Failed(f"{place}.{field.name}: {error}", 2) from None
    try:
        made = kind(**values)
    except TypeError as error:
        raise Failed(f"{place}: {error}", 2) from None
    return msgspec.convert(msgspec.to_builtins(made, builtin_types=(bytes,)), kind)


def _value(wanted: Any, value: object, place: str) -> Any:
    if wanted is bytes and isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct) and isinstance(value, dict):
        return _made(wanted, value, place)
    parts = list(getattr(wanted, "__args__", ()))
    if isinstance(value, list) and parts[1:] == [...]:
        return tuple(_value(parts[0], each, place) for each in value)
    return msgspec.convert(value, wanted)


def text_of(value: object) -> str:
    """Return a struct as one line of JSON, as `struct_of` reads it back."""
    return msgspec.json.encode(plain(value)).decode()
