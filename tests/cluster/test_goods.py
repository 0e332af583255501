"""An embargo on a union of four nodes: whoever is asked stops the same record, and the evidence replays."""

import datetime

from mufakat.core.state import ObligationStatus
from mufakat.model.goods import GoodsFlagged
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.trade import RecheckTradeRecords, RegisteredRecord
from tests.core.test_goods import LOOK, PROVEN, TUBES, bring, entry, owe, record, status
from tests.union import A1, A2, invoice

MADE = datetime.date(2017, 12, 22)


def test_an_embargo_stops_an_invoice_and_what_is_under_way_on_every_node(found):
    with found() as consortium:
        consortium.settle()
        with consortium.voice("QM") as union:
            owe(union)
            under_way = {"number": "INV-0", "document": bytes(32), "obligations": (PROVEN,)}
            assert record(union, **under_way).status is Status.REGISTERED
            assert bring(union, "QN", TUBES, dated=MADE).status is Status.DONE
        with consortium.voice("QN") as union:
            assert record(union).refusal.reason is Reason.GOODS_EMBARGOED
            registered = RegisteredRecord(invoice(**under_way), A2, A2, A1)
            (found_again,) = union.tell("QO", RecheckTradeRecords((registered,))).items
            assert (found_again.status, found_again.refusal.reason) == (Status.HELD, Reason.GOODS_EMBARGOED)
            union.cycle()
            assert status(union) is ObligationStatus.BLOCKED
        with consortium.voice("QP") as union:
            assert bring(union, "QO", LOOK, dated=MADE).status is Status.DONE
            assert record(union).refusal.reason is Reason.GOODS_EMBARGOED
            told = [each for each in union.events if isinstance(each, GoodsFlagged)]
            assert {each.met[0].entry for each in told} == {entry(TUBES)}
            root = union.state.root()
        assert consortium.level().state_root == root.hex()
        entries, _ = consortium.one_history()
        assert len(entries) > 1
