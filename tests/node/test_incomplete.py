"""What lacks data of originator or beneficiary is refused, waits, or is warned of; FATF Recommendation 16."""

import pytest

from mufakat.gateway.preference import Preference, Preferences
from mufakat.messages.rules.rule import Leads
from mufakat.node.intake import Intake
from mufakat.projections import timeline
from tests.node.conftest import PAYMENT, UETR, Small
from tests.node.test_intake import status_of

ADDRESS = "<PstlAdr><TwnNm>Kota Lama</TwnNm><Ctry>QM</Ctry></PstlAdr>"
ABROAD = ("<BICFI>TANGQMA0XXX", "<BICFI>UDAYQNA0XXX")


def without(*parts: str) -> str:
    """The payment of the examples, to a bank in another country, without some parts of it."""
    text = PAYMENT.replace(*ABROAD)
    for each in parts:
        assert each in text
        text = text.replace(each, "", 1)
    return text


def take(
    small: Small, text: str, name: str = "p.xml", *, leads: dict[str, Leads] | None = None, release=False
):
    chosen = Preferences({"LUALQMA0XXX": Preference(leads=leads or {})})
    intake = Intake(small.session, small.vault, small.home.out, chosen, release=release)
    (receipt,) = intake.take([small.file(name, text)])
    return receipt


HOLD = {"MUF-FATF-05": Leads.HOLD}


def test_a_transfer_without_the_originators_address_is_refused_across_borders(small):
    receipt = take(small, without(ADDRESS))

    assert status_of(receipt) == ["RJCT"]
    assert receipt.results[0].rejection.code == "BE07"
    assert "MUF-FATF-05" in receipt.results[0].rejection.text
    assert timeline.payment(small.node.views.sql, UETR) is None


def test_within_a_country_it_settles(small):
    (receipt,) = small.take(small.file("p.xml", PAYMENT.replace(ADDRESS, "", 1)))

    assert status_of(receipt) == ["ACSC"]


def test_what_is_only_warned_of_settles_and_the_receipt_says_so(small):
    identified = "<Id><OrgId><LEI>XQM000Z25M79K5DF5N82</LEI></OrgId></Id>"
    receipt = take(small, without(identified))

    assert status_of(receipt) == ["ACSC"]
    assert [each.code for each in receipt.warnings] == ["BE16"]


def test_where_a_participant_chose_so_it_waits_and_the_log_has_nothing_of_it(small):
    entries = small.node.entries
    receipt = take(small, without(ADDRESS), leads=HOLD)

    assert (status_of(receipt), receipt.results[0].status) == (["PDNG"], "held")
    assert receipt.results[0].rejection.code == "BE07"
    assert small.node.entries == entries
    assert take(small, without(ADDRESS), leads=HOLD).results == receipt.results


def test_when_the_data_come_the_payment_settles_and_the_first_message_is_over(small):
    first = without(ADDRESS)
    take(small, first, leads=HOLD)
    whole = take(small, without().replace("LUAL-2026-0001", "LUAL-2026-0002"), "whole.xml", leads=HOLD)

    assert status_of(whole) == ["ACSC"]
    assert status_of(take(small, first, leads=HOLD)) == ["RJCT"]


def test_what_waits_is_let_go_as_it_is(small):
    take(small, without(ADDRESS), leads=HOLD)
    receipt = take(small, without(ADDRESS), leads=HOLD, release=True)

    assert status_of(receipt) == ["ACSC"]


@pytest.mark.parametrize("release", [False, True])
def test_what_every_transfer_needs_is_never_let_go(small, release):
    receipt = take(small, without("<Nm>Sawah Emas</Nm>"), leads={"MUF-FATF-01": Leads.WARN}, release=release)

    assert status_of(receipt) == ["RJCT"]
    assert receipt.results[0].rejection.code == "BE08"
