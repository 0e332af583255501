"""What became of a part is what log and vault say together, and nothing while they say nothing."""

from mufakat.gateway.document import Asks, Rejection
from mufakat.gateway.outbound import REJECTED, SETTLED, Noted
from mufakat.messages.fault import References
from mufakat.node.standing import standing
from mufakat.projections import timeline
from tests.node.conftest import PAYMENT, UETR

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
