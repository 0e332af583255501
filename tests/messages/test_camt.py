"""Statements fit the official schema, for two independent validators, and add up."""

import functools
import io
from decimal import Decimal

import msgspec
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import schema
from mufakat.messages.camt import (
    Balance,
    BankCode,
    Booking,
    Bookings,
    Entry,
    Statement,
    read_bookings,
    write_report,
)
from mufakat.messages.fault import Fault
from tests.messages.official import needs_data, official, official_path

DAY = "2026-11-23"
DEFINITION = "camt.053.001.08"


@functools.cache
def independent() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(official_path(DEFINITION)))


def entry(amount: str, side: str, reference: str = "R-1", **more: str) -> Entry:
    code = BankCode(family="RRCT", sub_family="ESCT")
    return msgspec.convert(
        {
            "amount": amount,
            "side": side,
            "booked_on": DAY,
            "value_date": DAY,
            "reference": reference,
            "code": code,
        }
        | more,
        Entry,
    )


def balance(amount: str, side: str = "CRDT") -> Balance:
    return msgspec.convert({"amount": amount, "side": side, "date": DAY}, Balance)


def statement(opening: Balance, closing: Balance, *entries: Entry) -> Statement:
    return Statement(
        identifier="ST-1",
        account="settlement/AAAAQMQMXXX/QMD",
        currency="QMD",
        servicer="AAAAQMQMXXX",
        start=f"{DAY}T00:00:00Z",
        end=f"{DAY}T18:00:00Z",
        opening=opening,
        closing=closing,
        entries=entries,
    )


def write(one: Statement) -> bytes:
    return write_report(DEFINITION, message_id="C-1", created=f"{DAY}T18:00:00Z", statement=one)


def full() -> Statement:
    one = statement(
        balance("10.00"),
        balance("5.5", "DBIT"),
        entry(
            "20.00",
            "DBIT",
            uetr="00000001-ca16-48ba-b074-65581be6f001",
            end_to_end_id="E-1",
            instruction_id="I-1",
            information="for <goods> & more",
        ),
        entry("4.50", "CRDT", "R-2", code="NETTING"),
    )
    return msgspec.structs.replace(one, owner="Bank & Co", sequence=3, available=balance("5.50", "DBIT"))


def empty() -> Statement:
    return statement(balance("0"), balance("0.00", "DBIT"))


@needs_data
@pytest.mark.parametrize("make", [full, empty])
def test_a_statement_fits_the_official_schema_for_two_validators(make):
    official(DEFINITION).assertValid(etree.fromstring(write(make())))
    independent().validate(io.BytesIO(write(make())))


def test_a_statement_sums_its_entries():
    root = etree.fromstring(write(full()))
    summary = {node.tag.partition("}")[2]: node for node in root.find(".//{*}TxsSummry")}
    assert [summary["TtlNtries"].findtext("{*}" + name) for name in ("NbOfNtries", "Sum")] == ["2", "24.50"]
    assert summary["TtlNtries"].findtext("{*}TtlNetNtry/{*}Amt") == "15.50"
    assert summary["TtlNtries"].findtext("{*}TtlNetNtry/{*}CdtDbtInd") == "DBIT"
    assert summary["TtlCdtNtries"].findtext("{*}Sum") == "4.50"
    assert summary["TtlDbtNtries"].findtext("{*}Sum") == "20.00"
    assert [node.text for node in root.iter("{*}Cd")][:3] == ["OPBD", "CLBD", "CLAV"]
    assert root.findtext(".//{*}Refs/{*}UETR") == "00000001-ca16-48ba-b074-65581be6f001"
    assert root.findtext(".//{*}AddtlNtryInf") == "for <goods> & more"


def test_the_same_statement_gives_the_same_bytes():
    assert write(full()) == write(full())


minor = st.integers(0, 10**15)


@given(opening=st.integers(-(10**15), 10**15), moves=st.lists(st.tuples(minor, st.booleans()), max_size=8))
def test_every_statement_that_adds_up_is_written_and_valid(opening, moves):
    closing = opening + sum(amount if credit else -amount for amount, credit in moves)
    entries = [
        entry(f"{Decimal(amount).scaleb(-2):f}", "CRDT" if credit else "DBIT", f"R-{number}")
        for number, (amount, credit) in enumerate(moves)
    ]

    def ends(value: int) -> Balance:
        return balance(f"{abs(Decimal(value)).scaleb(-2):f}", "CRDT" if value >= 0 else "DBIT")

    data = write(statement(ends(opening), ends(closing), *entries))
    assert schema.violation(DEFINITION, etree.fromstring(data)) is None


def test_sums_of_more_digits_than_the_message_holds_are_left_out():
    most = "9" * 18
    moves = [entry(most, side, f"R-{n}") for n, side in enumerate(["CRDT", "CRDT", "DBIT"])]
    root = etree.fromstring(write(statement(balance("0"), balance(most), *moves)))
    assert schema.violation(DEFINITION, root) is None
    assert [node.text for node in root.iter("{*}Sum")] == [most]
    assert root.findtext(".//{*}TtlNetNtry/{*}Amt") == most
    negative = [entry(most, "DBIT", f"R-{n}") for n in range(2)]
    root = etree.fromstring(write(statement(balance(most), balance(most, "DBIT"), *negative)))
    assert schema.violation(DEFINITION, root) is None
    assert root.find(".//{*}TtlNetNtry") is None


def test_a_statement_that_does_not_add_up_is_not_written():
    with pytest.raises(ValueError, match="do not make the closing balance"):
        write(statement(balance("10"), balance("11"), entry("2", "CRDT")))


@pytest.mark.parametrize(
    "amount", ["-1", "1e5", "NaN", "", ".5", "5.", "1.123456", "9" * 19, "1,0", "\uff11"]
)
def test_an_amount_that_is_not_plain_digits_is_not_written(amount):
    with pytest.raises(ValueError, match="plain decimal"):
        write(statement(balance("0"), balance("0"), entry(amount, "CRDT")))


@pytest.mark.parametrize(
    "wrong", [{"account": "x" * 35}, {"currency": "qmd"}, {"servicer": "x"}, {"start": "now"}]
)
def test_a_value_that_breaks_its_type_is_not_written(wrong):
    with pytest.raises(ValueError, match=r"takes|cannot hold"):
        write(msgspec.structs.replace(full(), **wrong))


BOOKED = (entry("5.25", "DBIT", information="cycle, cycle 3"), entry("1.00", "CRDT"))


def test_what_was_written_is_read_back():
    data = write(statement(balance("10.00"), balance("5.75"), *BOOKED))
    assert read_bookings(data) == Bookings(
        "settlement/AAAAQMQMXXX/QMD",
        "QMD",
        (Booking("5.25", "DBIT", "cycle, cycle 3", "R-1"), Booking("1.00", "CRDT", "", "R-1")),
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"<", b"", "XML"),
        (b"camt.053.001.08", b"camt.086.001.08", "no account statement"),
        (b"<BkToCstmrStmt>", b"<BkToCstmrStmt><!-- 7 -->", "A comment is not taken"),
        (b"Stmt>", b"Smt>", "0 statements"),
        (b"5.25", b"-5.25", "no plain amount in 'QMD'"),
        (b'Ccy="QMD">5.25', b'Ccy="XXX">5.25', "no plain amount in 'QMD'"),
        (b"DBIT</CdtDbtInd><Sts>", b"DEBT</CdtDbtInd><Sts>", "neither CRDT nor DBIT"),
    ],
)
def test_what_is_no_statement_is_not_read(old, new, told):
    data = write(statement(balance("10.00"), balance("5.75"), *BOOKED))
    assert old in data
    found = read_bookings(data.replace(old, new))
    assert isinstance(found, Fault)
    assert told in found.text
