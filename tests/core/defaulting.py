"""Unions in which a bank lives on its member's swing line, for the tests of default."""

from mufakat.core.accounts import collateral_account, settlement_account, swing_account
from mufakat.model import command as c
from mufakat.model.default import Cause, DeclareDefault, PledgeCollateral
from tests.union import A1, B1, B2, C1, Union, settled_world

LINE = swing_account("QN", "IDR")
ACCOUNT = settlement_account(B1, "IDR")


def indebted(money: int = 1_000, drawn: int = 600, **rules: object) -> Union:
    """B1, a bank of QN, owes QN an advance of `drawn` IDR; nothing is pledged."""
    union = settled_world(money, **rules)
    union.must("QM", c.SetSwingLine("QN", 2_000), ("QN", "approve"))
    pay(union, B1, A1, money + drawn)
    union.cycle()
    assert union.state.advances[ACCOUNT].amount == drawn
    return union


def pay(union: Union, debtor: str, creditor: str, amount: int) -> None:
    union.pay(
        debtor_agent=debtor,
        creditor_agent=creditor,
        amount=amount,
        channel=c.Channel.MPNS,
        value_date=union.state.day.date,
    )


def pledge(union: Union, author: str, amount: int, holder: str | None = None, currency: str = "IDR") -> None:
    union.must(author, PledgeCollateral(holder or author, currency, amount))


def pledged(union: Union, holder: str, currency: str = "IDR") -> int:
    account = union.state.accounts.get(collateral_account(holder, currency))
    return account.balance if account else 0


def with_pledges(
    own: int = 100, sponsor: int = 200, issuer: int = 150, other: int = 450, **more: object
) -> Union:
    """As `indebted`, with pledges: B1's own was made before it was short."""
    union = settled_world(1_000, **more)
    union.must("QM", c.SetSwingLine("QN", 2_000), ("QN", "approve"))
    for author, holder, amount in (
        (B1, B1, own),
        (B2, "QN", sponsor),
        ("QM", "QM", issuer),
        (C1, "QO", other),
    ):
        if amount:
            pledge(union, author, amount, holder)
    pay(union, B1, A1, union.balance(B1) + 600)
    union.cycle()
    return union


def declare(union: Union, party: str = B1, cause: Cause = Cause.INSOLVENT) -> None:
    for member in union.quorum():
        union.must(member, DeclareDefault(party, cause))
