"""Frames and messages of the engine: what is none ends the connection, and nothing that is sent is waited for."""

import io
import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.node import abci
from mufakat.node.abci import wire
from mufakat.node.abci.wire import Disconnected, Request, frame, read_frame, read_request, varint

ECHO = Request(echo=wire.TYPES["AbciRequestEcho"](message="halo")).SerializeToString()


@given(st.binary(max_size=400), st.binary(max_size=20))
def test_what_is_framed_is_read_back_and_no_byte_more(content, after):
    stream = io.BytesIO(frame(content) + after)
    assert read_frame(stream) == content
    assert stream.read() == after


@given(st.integers(0, 2**64 - 1))
def test_a_length_is_written_as_protobuf_writes_it(number):
    text = varint(number)
    assert sum((byte & 0x7F) << 7 * at for at, byte in enumerate(text)) == number
    assert [byte >> 7 for byte in text] == [1] * (len(text) - 1) + [0]
    field = wire.TYPES["AbciRequestOfferSnapshot"](snapshot={"height": number}).SerializeToString()
    assert not number or field.endswith(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_requests_or_end_the_connection(data):
    with pytest.raises(Disconnected):
        read_all(io.BytesIO(data))


def read_all(stream):
    while True:
        kind, _ = read_request(stream)
        assert kind in Request.DESCRIPTOR.fields_by_name


@pytest.mark.parametrize("cut", range(len(frame(ECHO))))
def test_a_frame_that_breaks_off_ends_the_connection(cut):
    with pytest.raises(Disconnected):
        read_request(io.BytesIO(frame(ECHO)[:cut]))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "closed"),
        (b"\x80" * 40, "no frame"),
        (b"\xff" * 40, "no frame"),
        (varint((128 << 20) + 1), "a frame of 134217729 bytes"),
        (varint(2**34), "a frame of"),
        (varint(500) + b"short", "broke off"),
        (frame(b""), "asks for nothing"),
        (frame(b"\xfa\xff\xff\xff\x07\x00"), "."),
        (frame(b"\x0a\xff"), "holds no message"),
    ],
)
def test_what_is_no_frame_ends_the_connection_with_its_reason(data, what):
    with pytest.raises(Disconnected, match=what):
        read_request(io.BytesIO(data))


def test_a_length_beyond_bounds_is_refused_before_its_content_is_waited_for():
    class Endless(io.BytesIO):
        def read(self, size=-1):
            assert size == 1, "the content is not asked for"
            return super().read(size)

    with pytest.raises(Disconnected, match="a frame of"):
        read_frame(Endless(varint(2**30)))


def test_every_message_of_the_table_has_its_type_with_its_fields():
    facts = json.loads(files(abci).joinpath("messages.json").read_text(encoding="utf-8"))
    assert len(facts) == len(wire.TYPES), "no two messages have one short name"
    for fields, kind in zip(facts.values(), wire.TYPES.values(), strict=True):
        assert [(each.name, each.number) for each in kind.DESCRIPTOR.fields] == [
            (name, number) for name, number, *_ in fields
        ]


def test_the_known_bytes_of_a_request_and_a_response_are_these():
    """As CometBFT 0.38 and later write them: field numbers of the engine's own files."""
    assert Request(flush=wire.TYPES["AbciRequestFlush"]()).SerializeToString() == b"\x12\x00"
    assert ECHO == b"\x0a\x06\x0a\x04halo"
    commit = wire.Response(commit=wire.TYPES["AbciResponseCommit"](retain_height=5))
    assert commit.SerializeToString() == bytes([0x62, 2, 0x18, 5])
