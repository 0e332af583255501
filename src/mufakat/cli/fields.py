"""Structs and dates from the command line: `field=value` words, numbers and lists as JSON."""

import datetime
import enum
import types
from collections.abc import Sequence
from typing import Any, Final, get_origin

import msgspec

from mufakat.cli.terminal import USAGE, Failed
from mufakat.model import command as c
from mufakat.model.plain import plain
from mufakat.model.record import batch

Kinds = Sequence[type[msgspec.Struct]]


def a_date(text: str) -> datetime.date:
    """Read a date; raises Failed (wrong usage) when it is none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Failed(f"{text!r} is not a date; write it as 2026-11-24", 2) from None


def a_time(text: str) -> int:
    """Read a time, UTC where it names no zone, as UTC microseconds; raises Failed (wrong usage) when it is none."""
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"{text!r} is no time; write it as 2026-11-24T15:30:00", USAGE) from None
    known = at.astimezone(datetime.UTC) if at.tzinfo else at.replace(tzinfo=datetime.UTC)
    return (known - datetime.datetime.fromtimestamp(0, datetime.UTC)) // datetime.timedelta(microseconds=1)


def struct_of(kinds: Kinds, name: str, words: Sequence[str]) -> Any:
    """Make the struct that `name` names of `field=value` words; raises Failed (wrong usage) with what is wrong.

    A value is JSON where that fits the field, and else the text itself. Bytes are hex, an enumeration is the name
    of one of its values. A nested struct is an object of its fields by name, or a list of them in order; one of
    several names its `kind`.
    """
    kind = _kind(kinds, name, name)
    given: dict[str, object] = {}
    for word in words:
        field, equals, value = word.partition("=")
        if not equals or field not in kind.__struct_fields__:
            raise Failed(f"{word!r}: {name} takes {', '.join(kind.__struct_fields__) or 'no fields'}", USAGE)
        if field in given:
            raise Failed(f"{name}.{field}: said twice", USAGE)
        given[field] = _Word(value)
    return _made(kind, given, name)


def struct_in(kind: type[msgspec.Struct], value: object, place: str) -> Any:
    """Make a struct of an object as JSON has it, as `struct_of` does; `place` says in an error where it stands."""
    return _struct((kind,), value, place)


class SubmitPayments(msgspec.Struct, frozen=True):
    """A batch of payments as it is typed; it travels as records."""

    payments: tuple[c.PaymentOrder, ...]


_SPOKEN: Final = tuple(SubmitPayments if kind is c.SubmitPayments else kind for kind in c.AnyCommand.__args__)


def command_of(name: str, words: Sequence[str]) -> c.AnyCommand:
    """Make the command that `name` names, as `struct_of` does; payments are typed as orders."""
    body = struct_of(_SPOKEN, name, words)
    if not isinstance(body, SubmitPayments):
        command: c.AnyCommand = body
        return command
    try:
        return batch(body.payments)
    except ValueError as error:
        raise Failed(f"{name}: {error}", USAGE) from None


class _Word(msgspec.Struct, frozen=True):
    """A value as it was typed: JSON, or the text itself."""

    text: str


def _kind(kinds: Kinds, name: object, place: str) -> type[msgspec.Struct]:
    known = {kind.__name__: kind for kind in kinds}
    if not isinstance(name, str) or name not in known:
        at = "" if place == name else f"{place}: "
        raise Failed(f"{at}no {name!r}; there are {', '.join(sorted(known))}", USAGE)
    return known[name]


def _made(kind: type[msgspec.Struct], given: dict[str, object], place: str) -> Any:
    """Make one struct; every level says its own field when something does not fit."""
    fields = msgspec.structs.fields(kind)
    unknown = [name for name in given if name not in kind.__struct_fields__]
    missing = [each.name for each in fields if each.required and each.name not in given]
    for names, what in ((unknown, "no such field"), (missing, "missing")):
        if names:
            takes = ", ".join(kind.__struct_fields__)
            raise Failed(f"{place}: {', '.join(names)} {what} (fields: {takes})", USAGE)
    return kind(
        **{
            each.name: _value(each.type, given[each.name], f"{place}.{each.name}")
            for each in fields
            if each.name in given
        }
    )


def _value(wanted: Any, value: object, place: str) -> Any:
    """Make a value of the kind that a field wants."""
    if isinstance(value, _Word):
        try:
            return _value(wanted, msgspec.json.decode(value.text), place)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return _value(wanted, value.text, place)
        except Failed as failed:
            if value.text[:1] in {"{", "["}:
                raise  # no text is meant
            try:
                return _value(wanted, value.text, place)
            except Failed:
                raise failed from None
    if value is None and type(None) in _parts(wanted):
        return None
    structs = [each for each in _parts(wanted) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    if structs:
        return _struct(structs, value, place)
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return _member(wanted, value, place)
    item, *more = getattr(wanted, "__args__", (None,))
    if isinstance(value, list) and get_origin(wanted) is tuple:
        items = [item] * len(value) if more == [...] else [item, *more]
        if len(items) == len(value):
            pairs = enumerate(zip(items, value, strict=True))
            return tuple(_value(of, each, f"{place}[{number}]") for number, (of, each) in pairs)
    try:
        made = msgspec.convert(value, str if wanted is bytes else wanted)
        made = bytes.fromhex(made) if wanted is bytes else made
        msgspec.msgpack.encode(made)  # a number or a text that the wire does not hold
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise Failed(f"{place}: {error}", USAGE) from None
    return made


def _parts(wanted: Any) -> Sequence[Any]:
    return wanted.__args__ if isinstance(wanted, types.UnionType) else (wanted,)


def _struct(kinds: Kinds, value: object, place: str) -> Any:
    if isinstance(value, list) and len(kinds) == 1:
        names = kinds[0].__struct_fields__
        if len(value) > len(names):
            raise Failed(f"{place}: {len(value)} fields of {len(names)} ({', '.join(names)})", USAGE)
        value = dict(zip(names, value, strict=False))
    if not isinstance(value, dict):
        raise Failed(f"{place}: an object of its fields by name", USAGE)
    given = {str(name): each for name, each in value.items()}
    if len(kinds) == 1:
        return _made(kinds[0], given, place)
    return _made(_kind(kinds, given.pop("kind", None), f"{place}.kind"), given, place)


def _member(wanted: type[enum.Enum], value: object, place: str) -> enum.Enum:
    """Find a value of an enumeration by its name, or by itself."""
    for each in wanted:
        by_name = isinstance(value, str) and value.lower() == each.name.lower()
        if by_name or (value == each.value and not isinstance(value, bool)):
            return each
    raise Failed(f"{place}: {value!r} is none of {', '.join(each.name.lower() for each in wanted)}", USAGE)


def text_of(value: object) -> str:
    """Return a struct as one line of JSON, as `struct_of` reads it back."""
    return msgspec.json.encode(plain(value)).decode()
