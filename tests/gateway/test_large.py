"""Large files of credit transfers give the documents that small ones give, some parts each."""

import io

import msgspec
import pytest

from mufakat.gateway.document import Reading
from mufakat.gateway.inbound import read_document
from mufakat.gateway.large import read_documents
from tests.messages import banking
from tests.node.conftest import message, transaction
from tests.union import settled_world

COUNT = 800
TEXT = message(*(f"\n{transaction(number, '0.01' if number % 7 else '0.001')}" for number in range(COUNT)))


@pytest.fixture(scope="module")
def reading() -> Reading:
    return Reading(settled_world().state.charter, bytes(32))


@pytest.mark.parametrize(
    "data", [TEXT.encode(), banking.institution_transfer()], ids=["pacs.008", "pacs.009"]
)
def test_the_documents_of_a_large_file_are_together_the_one_of_a_small_one(reading, data):
    found = list(read_documents(io.BytesIO(data), reading))
    whole = read_document(data, reading)
    assert len(found) == (2 if len(data) > 10**5 else 1)
    assert tuple(part for each in found for part in each.parts) == whole.parts
    for each in found:
        original = msgspec.structs.replace(whole.to.original, transactions=None)
        assert each == msgspec.structs.replace(
            whole, parts=each.parts, to=msgspec.structs.replace(whole.to, original=original)
        )


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace(f"<NbOfTxs>{COUNT}<", "<NbOfTxs>1<"),
        TEXT.replace("<SttlmMtd>CLRG", "<SttlmMtd>NONE"),
        TEXT.replace("pacs.008.001.08", "pacs.008.001.99"),
    ],
)
def test_what_is_refused_is_refused_as_a_small_file_is_and_ends_it(reading, text):
    *_, last = read_documents(io.BytesIO(text.encode()), reading)
    whole = read_document(text.encode(), reading)
    assert last == msgspec.structs.replace(whole, fault=msgspec.structs.replace(whole.fault, transactions=()))
    assert last.to is not None and last.parts == ()


def test_what_is_no_xml_is_refused_and_nobody_is_answered(reading):
    *_, last = read_documents(io.BytesIO(TEXT[:-9].encode()), reading)
    assert last.rejection.code == "FF01" and last.to is None
