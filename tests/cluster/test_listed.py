"""Lists on a union of four nodes: whoever is asked stops the same, and what was decided replays."""

from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.verdict import DecideCase, Hit, Rescreen, Screened, Verdict
from tests.core.test_listing import A_SHIP, SOMEBODY, bring
from tests.core.test_verdict import entry
from tests.union import A1, A2, invoice


def test_a_list_stops_what_waits_what_comes_and_a_ship_on_every_node(found):
    with found() as consortium:
        consortium.settle()
        with consortium.voice("QM") as union:
            before = union.balance(A1)
            queued = union.pay(amount=before + 1).items[0].id
            assert bring(union, "QN", SOMEBODY, A_SHIP).status is Status.DONE
        with consortium.voice("QN") as union:
            union.screens = False
            assert union.pay(amount=5).refusal.reason is Reason.UNSCREENED
            union.screens = True
            union.issue(A1, "IDR", 1)
            assert union.state.payments[queued].status is PaymentStatus.QUEUED, "nobody has screened it anew"
            said = union.must(A1, Rescreen(Screened(), (Hit(queued, (entry(union),)),)))
            assert [item.status for item in said.items] == [Status.HELD]
        with consortium.voice("QO") as union:
            order = union.order(debtor_agent=A2, creditor_agent=A1, amount=7)
            hold = c.HoldItem(Screened(), (entry(union),), record=batch((order,)).records)
            assert union.must(A2, hold).items[0].status is Status.HELD
            assert union.record(A2, invoice()).items[0].refusal.reason is Reason.PARTY_LISTED
            clear = DecideCase(2, "QM", Verdict.CLEAR, "Another person.", Screened())
            assert union.tell(A2, clear).refusal.reason is Reason.APPROVAL_MISSING
        with consortium.voice("QP") as union:
            union.must(A2, Rescreen(Screened()))
            union.must(A2, clear, ("QM", "approve"))
            union.must(A1, DecideCase(1, "QM", Verdict.HIT, "He it is.", Screened()), ("QM", "approve"))
            found_now = [union.state.payments[name].status for name in (queued, order.uetr)]
            assert found_now == [PaymentStatus.FROZEN, PaymentStatus.SETTLED]
            assert union.state.accounts[f"blocked/{A1}/IDR"].balance == before + 1
            root = union.state.root()
        assert consortium.level().state_root == root.hex()
        entries, _ = consortium.one_history()
        assert len(entries) > 1
