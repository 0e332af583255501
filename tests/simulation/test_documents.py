import pytest
from lxml import etree

from mufakat.simulation.documents import Invoice, InvoiceLine, Message, Party, Transfer, invoice, pacs_008

BUYER = Party("Candrika Motors & Sons", "San Isario", "QP", "XQP000AAAAAAAAAAAA00", "ACC-1")
SELLER = Party("Rimbasa <Rubber> Ltd", "Kotaraya", "QM", "XQM000BBBBBBBBBBBB00", "ACC-2")


def transfer(number: int = 1) -> Transfer:
    return Transfer(
        uetr=f"00000000-0000-4000-8000-{number:012d}",
        reference=f"E2E-{number}",
        currency="IDR",
        amount="1500.25",
        value_date="2026-11-24",
        channel="RTGS",
        debtor=BUYER,
        creditor=SELLER,
        creditor_agent="CANDQPA0XXX",
        remittance="Spare parts & service",
    )


def message(version: int, transfers: int = 1, *, header: bool = False) -> Message:
    many = tuple(transfer(number) for number in range(1, transfers + 1))
    return Message(version, "MSG-1", "2026-11-24T08:00:00+07:00", "RIMBQMA0XXX", many, header)


@pytest.mark.parametrize("version", range(8, 14))
@pytest.mark.parametrize("transfers", [1, 20])
def test_a_credit_transfer_follows_the_official_schema(official, version, transfers):
    document = etree.fromstring(pacs_008(message(version, transfers)).encode())

    official(f"pacs.008.001.{version:02d}").assertValid(document)


def test_an_application_header_follows_its_schema_and_names_the_message(official):
    header, document = etree.fromstring(pacs_008(message(9, header=True)).encode())

    official("head.001.001.02").assertValid(etree.fromstring(etree.tostring(header)))
    official("pacs.008.001.09").assertValid(etree.fromstring(etree.tostring(document)))
    assert header.findtext("{*}MsgDefIdr") == "pacs.008.001.09"


def test_the_instructed_agent_stands_with_the_group_or_with_each_transfer_never_with_both():
    one = etree.fromstring(pacs_008(message(8)).encode())
    many = etree.fromstring(pacs_008(message(8, 3)).encode())

    assert (
        len(one.findall(".//{*}GrpHdr/{*}InstdAgt")),
        len(one.findall(".//{*}CdtTrfTxInf/{*}InstdAgt")),
    ) == (1, 0)
    assert (
        len(many.findall(".//{*}GrpHdr/{*}InstdAgt")),
        len(many.findall(".//{*}CdtTrfTxInf/{*}InstdAgt")),
    ) == (0, 3)


def test_names_with_markup_characters_come_back_as_they_were():
    document = etree.fromstring(pacs_008(message(8)).encode())

    assert document.findtext(".//{*}Dbtr/{*}Nm") == BUYER.name
    assert document.findtext(".//{*}Cdtr/{*}Nm") == SELLER.name


@pytest.mark.parametrize("lei", ["XQM000BBBBBBBBBBBB00", ""])
def test_an_invoice_follows_the_ubl_schema_with_and_without_lei(official, lei):
    seller = Party("Rimbasa", "Kotaraya", "QM", lei, "ACC-2")
    lines = (InvoiceLine("Natural rubber", "400122", "QM", 500, "1500.25"),)
    text = invoice(Invoice("INV-1", "2026-10-01", "2026-11-24", "IDR", "1500.25", seller, BUYER, lines))
    document = etree.fromstring(text.encode())

    official("UBL").assertValid(document)
    assert [each.text for each in document.iterfind(".//{*}CompanyID")] == [
        each for each in (lei, BUYER.lei) if each
    ]
    assert document.find(".//{*}ItemClassificationCode").get("listID") == "HS"
