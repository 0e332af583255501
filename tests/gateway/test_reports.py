"""Reports of accounts are official, add up, and are told to those who may know."""

import datetime
import io
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from mufakat.gateway.outbound import (
    iso_time,
)
from mufakat.gateway.reports import Told, account_report
from mufakat.messages import schema
from mufakat.messages.fault import References
from mufakat.messages.versions import IN_FORCE
from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT, format_amount
from mufakat.model.refusal import Reason
from mufakat.node.embedded import Node
from mufakat.projections.statement import Movement, Statement, accounts, statement
from tests.journal import histories
from tests.messages.official import needs_data, official
from tests.messages.test_camt import independent as independent_camt
from tests.projections.conftest import folded
from tests.union import A1, NOON_US, TUESDAY, charter, settled_world, uetr

CHARTER = charter()

DEFINITION = IN_FORCE["camt.053"]


def text(data: bytes, path: str) -> str:
    return etree.fromstring(data).findtext(f".//{{*}}{path}")


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The statements of all accounts on each date that money moved, as a node's views tell them."""
    home = tmp_path_factory.mktemp("day") / "home"
    histories.write(home, histories.day())
    with Node.open(home, lambda: NOON_US) as node:
        sql = node.views.sql
        dates = [date for (date,) in sql.execute("SELECT DISTINCT date FROM movement ORDER BY date")]
        return [statement(sql, account, date) for date in dates for account in accounts(sql)]


def view(opening: int, moves: list[int], currency: str = "IDR", kind: str = "payment") -> Statement:
    """A statement of some movements that adds up."""
    balances = [opening]
    for amount in moves:
        balances.append(balances[-1] + amount)
    movements = [
        Movement(n, NOON_US + n, str(TUESDAY), amount, balances[n], kind, uetr(n), "settlement/X/IDR")
        for n, amount in enumerate(moves, start=1)
    ]
    account = f"settlement/{A1}/{currency}"
    return Statement(account, A1, currency, str(TUESDAY), opening, balances[-1], tuple(movements))


def written(of: Statement, references: dict[str, str] | None = None) -> bytes:
    known = {name: Told(References(end_to_end_id=each)) for name, each in (references or {}).items()}
    return account_report(CHARTER, of, known, DEFINITION, 1).document


@needs_data
def test_the_statements_of_a_whole_day_are_official_for_two_validators(day):
    assert sum(len(each.movements) for each in day) > 10
    for each in day:
        data = written(each)
        official(DEFINITION).assertValid(etree.fromstring(data))
        independent_camt().validate(io.BytesIO(data))


@pytest.mark.parametrize("currency", ["IDR", "VND"])
def test_the_largest_balance_that_the_ledger_holds_fits_a_statement(currency):
    union = settled_world(0)
    union.issue(A1, currency, MAX_AMOUNT)
    with closing(folded(union)) as views:
        data = written(statement(views.sql, f"settlement/{A1}/{currency}"))
    assert etree.fromstring(data).findtext(".//{*}Bal[2]/{*}Amt").replace(".", "") == str(MAX_AMOUNT)
    issuer = CHARTER.issuer(currency).id
    more = union.tell(issuer, c.IssueMoney(A1, currency, 1), (issuer, "approve"))
    assert more.refusal.reason is Reason.AMOUNT_TOO_LARGE


def test_a_statement_repeats_every_movement_of_its_view(day):
    for each in day:
        root, decimals = etree.fromstring(written(each)), CHARTER.issuer(each.currency).decimals
        found = [
            (entry.findtext("{*}AcctSvcrRef"), entry.findtext("{*}Amt"), entry.findtext("{*}CdtDbtInd"))
            for entry in root.iter("{*}Ntry")
        ]
        assert found == [
            (
                f"MVT{move.number}",
                format_amount(abs(move.amount), decimals),
                "CRDT" if move.amount > 0 else "DBIT",
            )
            for move in each.movements
        ]


minor = st.integers(-(10**15), 10**15)


@given(
    opening=minor, moves=st.lists(minor.filter(bool), max_size=6), currency=st.sampled_from(["IDR", "VND"])
)
def test_every_view_that_adds_up_makes_a_statement_that_adds_up(opening, moves, currency):
    root = etree.fromstring(written(view(opening, moves, currency)))
    assert schema.violation(DEFINITION, root) is None
    decimals = CHARTER.issuer(currency).decimals
    ends = [(each.findtext("{*}Amt"), each.findtext("{*}CdtDbtInd")) for each in root.iter("{*}Bal")]
    assert ends == [
        (format_amount(abs(each), decimals), "DBIT" if each < 0 else "CRDT")
        for each in (opening, opening + sum(moves))
    ]


def test_a_view_that_does_not_add_up_makes_no_statement():
    with pytest.raises(ValueError, match="do not make the closing balance"):
        written(replace(view(100, [5]), closing=104))


@pytest.mark.parametrize(
    ("kind", "amount", "code"),
    [
        ("payment", 5, ["PMNT", "RCDT", "XBCT"]),
        ("payment", -5, ["PMNT", "ICDT", "XBCT"]),
        ("return", 5, ["PMNT", "RCDT", "RRTN"]),
        ("return", -5, ["PMNT", "ICDT", "RRTN"]),
        ("exchange", 5, ["EXCHANGE"]),
        ("issue", 5, ["ISSUE"]),
        ("swing drawn", 5, ["SWING DRAWN"]),
    ],
)
def test_an_entry_says_what_moved_the_money(kind, amount, code):
    root = etree.fromstring(written(view(100, [amount], kind=kind)))
    assert [each.text for each in root.find(".//{*}BkTxCd").iter("{*}Cd", "{*}SubFmlyCd")] == code
    is_payment = kind in {"payment", "return"}
    assert root.findtext(".//{*}Refs/{*}UETR") == (uetr(1) if is_payment or kind == "exchange" else None)
    assert root.findtext(".//{*}AddtlNtryInf") == (None if is_payment else f"{kind}, {uetr(1)}")


def test_the_parties_reference_stands_only_where_the_vault_still_has_it():
    root = etree.fromstring(written(view(100, [5, -3]), {uetr(2): "E-2"}))
    assert [each.findtext(".//{*}EndToEndId") for each in root.iter("{*}Ntry")] == [None, "E-2"]
    assert [each.findtext(".//{*}UETR") for each in root.iter("{*}Ntry")] == [uetr(1), uetr(2)]


def test_a_statement_without_movements_is_told_as_of_the_end_of_its_day():
    data = written(view(100, []))
    assert text(data, "CreDtTm") == f"{TUESDAY}T23:59:59Z"
    assert text(data, "NbOfNtries") == "0"


def test_a_statement_that_went_on_is_another_statement_and_the_same_one_is_the_same():
    before, after = written(view(100, [5])), written(view(100, [5, 5]))
    assert before == written(view(100, [5]))
    for name in ("MsgId", "Stmt/{*}Id"):
        assert text(before, name) != text(after, name)


@given(st.integers(0, 4_102_444_800_000_000))
def test_log_time_is_told_to_the_second_in_utc(at_us):
    told = datetime.datetime.fromisoformat(iso_time(at_us))
    assert told.utcoffset() == datetime.timedelta(0)
    assert int(told.timestamp()) == at_us // 1_000_000
