import pytest
from lxml import etree

from mufakat.messages.customer import write_customer_status, write_request_status
from mufakat.messages.fault import Original, References
from mufakat.messages.header import Speaker
from mufakat.messages.status import StatusReason, TransactionStatus
from mufakat.messages.versions import WRITTEN
from tests.messages.official import needs_data, official

ORIGINAL = Original(
    message_id="O-1", definition="pain.001.001.09", created="2026-11-24T08:00:00Z", transactions=3
)


def status(number: int, payment: str | None, code: str, reason: StatusReason | None = None):
    told = References(end_to_end_id=f"E-{number}", payment_id=payment)
    return TransactionStatus(references=told, status=code, reason=reason)


def write(definition: str, *transactions: TransactionStatus, **told):
    data = write_customer_status(
        message_id="S-1",
        created="2026-11-24T08:00:01Z",
        original=ORIGINAL,
        agents=(Speaker("QM", "CBNKQMA1XXX", "MUFAKAT"), "LUALQMA0XXX"),
        definition=definition,
        transactions=transactions,
        **told,
    )
    return etree.fromstring(data)


@needs_data
@pytest.mark.parametrize("definition", WRITTEN["pain.002"])
def test_each_version_validates_and_tells_transfers_by_payment_information(definition):
    refused = StatusReason(code="AM03", text="No such currency.")
    tree = write(
        definition,
        status(1, "P-1", "ACSC"),
        status(2, "P-2", "RJCT", refused),
        status(3, "P-1", "PDNG"),
        group_status="PART",
    )
    official(definition).assertValid(tree)
    told = [
        (each.findtext("{*}OrgnlPmtInfId"), [tx.text for tx in each.iter("{*}TxSts")])
        for each in tree.iter("{*}OrgnlPmtInfAndSts")
    ]
    assert told == [("P-1", ["ACSC", "PDNG"]), ("P-2", ["RJCT"])]


@needs_data
def test_an_order_that_nobody_could_read_is_refused_as_a_group():
    tree = write(
        "pain.002.001.10",
        status(1, None, "RJCT"),
        group_status="RJCT",
        group_reason=StatusReason(code="FF01", text="No."),
    )
    official("pain.002.001.10").assertValid(tree)
    assert tree.findtext(".//{*}GrpSts") == "RJCT"
    assert not list(tree.iter("{*}TxInfAndSts"))


@needs_data
@pytest.mark.parametrize("definition", WRITTEN["pain.014"])
def test_each_version_says_to_the_creditors_agent_what_became_of_a_request(definition):
    data = write_request_status(
        message_id="S-2",
        created="2026-11-24T08:00:01Z",
        original=ORIGINAL,
        agents=(Speaker("QM", "CBMEQMA0XXX", "MUFAKAT"), "TANGQMA0XXX"),
        definition=definition,
        transactions=[
            status(1, "P-1", "ACTC"),
            status(2, "P-1", "RJCT", StatusReason(code="RC01", text="No.")),
        ],
        group_status="PART",
    )
    tree = etree.fromstring(data)
    official(definition).assertValid(tree)
    assert tree.findtext(".//{*}CdtrAgt//{*}BICFI") == "TANGQMA0XXX"
    assert [each.text for each in tree.iter("{*}TxSts")] == ["ACTC", "RJCT"]
