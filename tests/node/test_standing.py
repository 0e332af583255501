"""What became of a part is what log and vault say together, and nothing while they say nothing."""

import pytest

from mufakat.gateway.document import Asks, Rejection
from mufakat.gateway.outbound import ACCEPTED, IN_PROCESS, REJECTED, SETTLED, Noted, PartStatus
from mufakat.messages.fault import References
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.node.standing import Spool, Standing, Told, standing
from mufakat.projections import timeline
from tests.node.conftest import PAYMENT, UETR
from tests.union import TUESDAY

REFERENCES = References(uetr=UETR)
WRONG = Rejection("AM01", "The amount is zero.")


def test_nobody_knows_what_neither_log_nor_vault_says(small):
    assert standing(small.node.views.sql, Noted(REFERENCES), bytes(32)) is None


def test_what_the_log_has_not_is_refused_as_the_vault_notes(small):
    found = standing(small.node.views.sql, Noted(REFERENCES, WRONG), bytes(32))
    assert (found.told.status, found.told.rejection, found.since_us) == (REJECTED, WRONG, 0)


def test_the_log_is_believed_before_the_vault_and_another_part_of_one_uetr_is_a_duplicate(small):
    small.take(small.file("p.xml", PAYMENT))
    sql = small.node.views.sql
    payment = timeline.payment(sql, UETR)
    found = standing(sql, Noted(REFERENCES, WRONG), payment.details)
    assert (found.told.status, found.told.settled_on) == (SETTLED, payment.value_date)
    assert found.since_us == payment.changed_us
    other = standing(sql, Noted(REFERENCES), bytes(32))
    assert (other.told.status, other.told.rejection.code) == (REJECTED, "AM05")


def test_what_ends_a_reservation_is_told_how_the_reservation_stands(small):
    small.take(small.file("p.xml", PAYMENT))
    found = standing(small.node.views.sql, Noted(REFERENCES, asks=Asks.ENDING), bytes(32))
    assert found.told.status == SETTLED


@pytest.mark.parametrize(
    ("channel", "date", "status"),
    [("MPNS", "2026-11-24", IN_PROCESS), ("MPNS", "2026-11-26", ACCEPTED), ("RTGS", "2026-11-26", ACCEPTED)],
)
def test_what_waits_for_its_date_is_accepted_and_what_waits_for_a_cycle_is_in_process(
    small, channel, date, status
):
    text = PAYMENT.replace("RTGS", channel).replace("<IntrBkSttlmDt>2026-11-24", f"<IntrBkSttlmDt>{date}")
    small.take(small.file("p.xml", text))
    sql = small.node.views.sql
    found = standing(sql, Noted(REFERENCES), timeline.payment(sql, UETR).details)
    assert (found.told.status, found.is_last, found.goes_to) == (status, False, None)
    asked = standing(sql, Noted(REFERENCES, asks=Asks.STATUS), bytes(32))
    assert (asked.told.status, asked.is_last) == (status, True)


def test_a_cancelled_payment_is_rejected_by_order(small):
    small.take(small.file("p.xml", PAYMENT.replace("125000.50", "1500000.00")))
    assert small.session.say("LUALQMA0XXX", c.CancelPayment(UETR)).refusal is None
    sql = small.node.views.sql
    found = standing(sql, Noted(REFERENCES), timeline.payment(sql, UETR).details)
    assert (found.told.status, found.told.rejection.code, found.is_last) == (REJECTED, "DS02", True)


def test_what_settled_in_part_before_it_ended_goes_on_as_far_as_it_settled(small):
    kind = "<LclInstrm><Prtry>PARTS</Prtry></LclInstrm></PmtTpInf>"
    small.take(small.file("p.xml", PAYMENT.replace("125000.50", "1500000.00").replace("</PmtTpInf>", kind)))
    sql = small.node.views.sql
    details = timeline.payment(sql, UETR).details
    assert standing(sql, Noted(REFERENCES), details).goes_to is None
    assert small.session.say("LUALQMA0XXX", c.CancelPayment(UETR)).refusal is None
    found = standing(small.node.views.sql, Noted(REFERENCES), details)
    assert (found.goes_to, found.settled, found.currency) == ("TANGQMA0XXX", 100_000_000, "IDR")
    small.answers.write_missing()
    (path,) = small.home.out.glob("pacs.008/*.xml")
    assert b'<IntrBkSttlmAmt Ccy="IDR">1000000.00<' in path.read_bytes()


def test_a_return_settles_on_the_day_on_which_it_comes(small):
    small.take(small.file("p.xml", PAYMENT))
    for phase, day in ((Phase.CUT_OFF, 24), (Phase.CLOSED, 24), (Phase.OPEN, 25)):
        for member in ("QM", "QN"):
            small.session.say(member, c.DeclarePhase(TUESDAY.replace(day=day), phase))
    assert small.session.say("TANGQMA0XXX", c.ReturnPayment(UETR, "AC04")).refusal is None
    sql = small.node.views.sql
    found = standing(sql, Noted(REFERENCES, asks=Asks.RETURN), bytes(32))
    assert (found.told.status, found.told.settled_on, found.goes_to) == (SETTLED, "2026-11-25", "LUALQMA0XXX")
    paid = standing(sql, Noted(REFERENCES), timeline.payment(sql, UETR).details)
    assert paid.told.settled_on == "2026-11-24"


@pytest.mark.parametrize("count", [0, 1, 30_000])
def test_standings_are_kept_in_order_and_can_be_gone_through_again_and_at_the_same_time(count):
    told = [
        Standing(PartStatus(REFERENCES, SETTLED, WRONG), number, "A", 5, "IDR") for number in range(count)
    ]
    kept = Spool(iter(told))
    assert (len(kept), list(kept), list(kept)) == (count, told, told)
    assert all(one == other for one, other in zip(kept, kept, strict=True))
    assert list(Told(kept)) == [each.told for each in told]
    assert (len(Told(kept)), len(Told(told))) == (count, count)
    if told:
        assert told[-1] in kept and told[0].told in Told(kept)
    assert Standing(PartStatus(REFERENCES, REJECTED)) not in kept
    assert PartStatus(REFERENCES, REJECTED) not in Told(kept)
