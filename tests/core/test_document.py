import hashlib

import msgspec
import pytest

from mufakat.core.commitment import root_by
from mufakat.core.document import record_of
from mufakat.core.proof import is_proved, prove
from mufakat.model.trade import GoodsLine, TradeRecordRegistered
from tests.union import A1, A2, invoice, settled_world

SAID = TradeRecordRegistered(invoice(), A1, A2, A1)


def test_a_record_holds_the_hash_of_its_document_and_of_all_that_it_says():
    record = record_of(SAID)
    assert (record.id, record.document) == (invoice().id, invoice().document)
    assert record.content == hashlib.sha256(msgspec.msgpack.encode(SAID)).digest()


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(SAID, author=A2),
        msgspec.structs.replace(SAID, item=invoice(goods=(GoodsLine("730431", "QM"),))),
        msgspec.structs.replace(SAID, item=invoice(vessel="")),
    ],
)
def test_another_word_is_another_content(other):
    assert record_of(other).content != record_of(SAID).content


def test_who_has_the_event_can_show_that_its_record_stands_in_the_state():
    union = settled_world(0)
    union.record(A1, invoice())
    proof = prove(union.state, "trade_records", invoice().id)
    assert proof is not None and is_proved(proof, union.state.root())
    assert proof.record == msgspec.msgpack.encode(record_of(union.events[-1]))
    forged = record_of(msgspec.structs.replace(SAID, item=invoice(vessel="")))
    assert root_by(proof.key, msgspec.msgpack.encode(forged), proof.way) is None
