"""The engine's messages, as protobuf: types from a table of facts, and frames on a socket.

`messages.json` is made from the engine's own files by `tools/engine_facts.py`; the types are built from it when
this module is imported. On the socket each message has its length before it, as a varint.
"""

import json
from importlib.resources import files
from typing import Any, BinaryIO, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_PROTO: Final = descriptor_pb2.FieldDescriptorProto
_MOST_BYTES: Final = 128 << 20
"""More than any block that the engine can hand over."""


class Disconnected(Exception):
    """The other side closed the connection, or sent what is no frame."""


def _build() -> dict[str, Any]:
    """Build one type for each message of the table, under its name without the package."""
    facts: dict[str, list[tuple[str, int, str, bool]]] = json.loads(
        files(__package__).joinpath("messages.json").read_text(encoding="utf-8")
    )
    file = descriptor_pb2.FileDescriptorProto(name="mufakat/engine", package="engine", syntax="proto3")
    for full_name, fields in facts.items():
        message = file.message_type.add(name=_short(full_name))
        for name, number, kind, repeated in fields:
            label = _PROTO.LABEL_REPEATED if repeated else _PROTO.LABEL_OPTIONAL
            field = message.field.add(name=name, number=number, label=label)
            if kind in facts:
                field.type, field.type_name = _PROTO.TYPE_MESSAGE, f".engine.{_short(kind)}"
            else:
                field.type = getattr(_PROTO, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        _short(name): message_factory.GetMessageClass(pool.FindMessageTypeByName(f"engine.{_short(name)}"))
        for name in facts
    }


def _short(full_name: str) -> str:
    *packages, name = full_name.split(".")[1:]
    return "".join(part.capitalize() for part in packages) + name


TYPES: Final[dict[str, Any]] = _build()
Request: Final = TYPES["AbciRequest"]
Response: Final = TYPES["AbciResponse"]


def read_request(stream: BinaryIO) -> tuple[str, Any]:
    """Read one request: its kind and its message; raises Disconnected when what comes is none."""
    try:
        fields = Request.FromString(read_frame(stream)).ListFields()
    except DecodeError as error:
        raise Disconnected(f"a frame that holds no message: {error}") from None
    if not fields:
        raise Disconnected("a frame that asks for nothing")
    field, message = fields[0]
    return field.name, message


def read_frame(stream: BinaryIO) -> bytes:
    """Read one frame's content; raises Disconnected at the end of the stream or for a length beyond bounds."""
    length, shift = 0, 0
    while True:
        byte = stream.read(1)
        if not byte:
            raise Disconnected("the connection is closed")
        length |= (byte[0] & 0x7F) << shift
        shift += 7
        if not byte[0] & 0x80:
            break
        if shift > 35:
            raise Disconnected("no frame")
    if length > _MOST_BYTES:
        raise Disconnected(f"a frame of {length} bytes")
    content = stream.read(length)
    if len(content) != length:
        raise Disconnected("the connection broke off")
    return content


def frame(content: bytes) -> bytes:
    """Put the length before a message."""
    return varint(len(content)) + content


def varint(number: int) -> bytes:
    """Write a number below 2**64 as protobuf does."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
