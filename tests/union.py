"""A small valid union in one line; a test changes the one thing that matters.

Two members, QM issuing IDR (2 decimals) and QN issuing VND (0 decimals), and QO issuing MYR; two banks each.
"""

import datetime
import hashlib
from collections.abc import Iterator

import msgspec
from stdnum.iso7064 import mod_97_10

from mufakat.core import apply
from mufakat.core.accounts import settlement_account
from mufakat.core.authorisation import cosigners_of
from mufakat.core.binding import lists_of
from mufakat.core.invariant import violations
from mufakat.core.law import Proposal, ProposalStatus, proposal_key
from mufakat.core.lifecycle import payment_of
from mufakat.core.standing import seated
from mufakat.core.state import Payment, State
from mufakat.model import command as c
from mufakat.model.basket import Fixing
from mufakat.model.calendar import Phase
from mufakat.model.case import PaymentHeld
from mufakat.model.charter import Charter, Genesis, KeyGrant, Member, Role, Rules, union_id
from mufakat.model.event import (
    AnyEvent,
    PaymentAccepted,
    PaymentQueued,
    PaymentRejected,
    PaymentsSettled,
    RecordsPosted,
)
from mufakat.model.outcome import Outcome, Status
from mufakat.model.proposal import AdmitMember, AnyChange, SuspendMember, admission_bytes, concerned
from mufakat.model.queueing import Action
from mufakat.model.record import batch, itemised, orders_of
from mufakat.model.signing import Domain, public_key, sign
from mufakat.model.swing import Swing
from mufakat.model.trade import DocumentKind, GoodsLine, RegisterTradeRecords, TradeItem
from mufakat.model.verdict import Screened

MONDAY = datetime.date(2026, 11, 23)
TUESDAY = datetime.date(2026, 11, 24)
HOLIDAY = datetime.date(2026, 11, 25)
NOON_US = 1_795_500_000_000_000
YEAR_US = 31_536_000_000_000
EVIDENCE = hashlib.sha256(b"what was asked and found").digest()
TEXT = hashlib.sha256(b"the words of the rule").digest()

MEMBERS = {"QM": ("IDR", 2), "QN": ("VND", 0), "QO": ("MYR", 2)}
BANKS = {f"BK0{n}{member}A1XXX": member for member in MEMBERS for n in (1, 2)}
A1, A2, B1, B2, C1, C2 = BANKS
BASKET = Fixing(("IDR", 800_000, "VND", 13_000))
"""8,000 rupiah and 13,000 dong are one unit."""


def lei(number: int) -> str:
    """The nth made-up LEI with a right check."""
    stem = f"9845{number:014d}"
    return stem + mod_97_10.calc_check_digits(stem)


def private(author: str, role: str) -> bytes:
    return hashlib.sha256(f"test/{author}/{role}".encode()).digest()


def grants(author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
    return tuple(KeyGrant(public_key(private(author, role)), (role,)) for role in roles)


def charter(max_payment: int = 10_000_000, **rules: object) -> Charter:
    members = tuple(
        Member(
            id=member,
            name=f"Central Bank of {member}",
            bic=f"CBNK{member}A1XXX",
            lei=lei(100 + n),
            currency=currency,
            decimals=decimals,
            max_payment=max_payment,
            holidays=(HOLIDAY,) if member == "QN" else (),
            keys=grants(member, tuple(Role)),
        )
        for n, (member, (currency, decimals)) in enumerate(MEMBERS.items())
    )
    base = {
        "day_quorum": 2,
        "four_eyes": ("IssueMoney", "RedeemMoney", "SetLimit"),
        "fixing": BASKET,
        "swing": Swing(
            10,
            ("QM", 4, "QN", 4, "QO", 4),
            currency_shares=(5_000, 10_000),
            line_shares=(4_000, 9_900),
            concentration_floor=2,
        ),
    }
    return Charter("Test union", members, Rules(**{**base, **rules}))


def genesis(of: Charter) -> Genesis:
    message = union_id(of)
    return Genesis(of, tuple(sign(private(m.id, "vote"), Domain.CHARTER, message) for m in of.members))


def uetr(number: int) -> str:
    text = hashlib.sha256(f"uetr {number}".encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"


class Union:
    """A union in memory, and the log of what it was told."""

    screens = True
    """Whether commands carry that their parties were screened, wherever lists are in force."""

    def __init__(self, of: Charter | None = None, **rules: object) -> None:
        self.genesis = genesis(of or charter(**rules))
        state = apply.found(self.genesis)
        assert isinstance(state, State), state
        self.state = state
        self.log: list[tuple[bytes, int]] = []
        self.events: list[AnyEvent] = []
        self.now_us = NOON_US
        self.numbers = iter(range(1_000_000))

    # -- speaking -------------------------------------------------------------------------------------

    def signed(self, author: str, body: c.AnyCommand, *cosigners: tuple[str, str], **change: object) -> bytes:
        role = c.role_of(body).value
        key = public_key(self.private(author, role))
        record = self.state.keys.get(key.hex())
        fields: dict[str, object] = {
            "union": self.state.union,
            "author": author,
            "key": key,
            "sequence": record.sequence + 1 if record else 1,
            "valid_from_us": self.now_us,
            "valid_until_us": self.now_us + 3_600_000_000,
            "body": body,
        }
        instruction = c.Instruction(**{**fields, **change})
        keys = [(author, role), *cosigners]
        pairs = ((public_key(self.private(*each)), self.private(*each)) for each in keys)
        return c.encode(c.signed_by(instruction, *pairs))

    def private(self, author: str, role: str) -> bytes:
        """The key with which an author signs in a role."""
        return private(author, role)

    def send(self, data: bytes) -> Outcome:
        outcome, events = apply.execute(self.state, data, self.now_us)
        self.log.append((data, self.now_us))
        self.events.extend(events)
        self.now_us += 1_000
        assert violations(self.state) == []
        return outcome

    def tell(self, author: str, body: c.AnyCommand, *cosigners: tuple[str, str], **change: object) -> Outcome:
        body = self.screened(author, body) if self.screens else body
        if not cosigners and (author, Role.APPROVE) in cosigners_of(self.state.charter, author, body):
            cosigners = ((author, "approve"),)
        outcome = self.send(self.signed(author, body, *cosigners, **change))
        return msgspec.structs.replace(outcome, items=itemised(body, outcome))

    def screened(self, author: str, body: c.AnyCommand) -> c.AnyCommand:
        """Let a command carry what it does not say yet: that its parties were screened against what is in force."""
        if isinstance(body, c.SubmitPayments) and not body.screened:
            said = tuple(screening(self.state, each) for each in (author, *body.signers))
            return msgspec.structs.replace(body, screened=said) if any(each.lists for each in said) else body
        if getattr(body, "screened", None) == Screened():
            return msgspec.structs.replace(body, screened=screening(self.state, author))
        return body

    def must(self, author: str, body: c.AnyCommand, *cosigners: tuple[str, str]) -> Outcome:
        outcome = self.tell(author, body, *cosigners)
        assert outcome.refusal is None, outcome
        assert all(item.refusal is None for item in outcome.items), outcome
        return outcome

    # -- a world --------------------------------------------------------------------------------------

    def open_day(self, date: datetime.date = TUESDAY) -> None:
        self.phase(Phase.OPEN, date)

    def quorum(self) -> list[str]:
        """The first members whose word is enough for a phase or a cycle."""
        return [member.id for member in seated(self.state)[: self.state.charter.rules.day_quorum]]

    def phase(self, phase: Phase, date: datetime.date = TUESDAY) -> None:
        for member in self.quorum():
            self.must(member, c.DeclarePhase(date, phase))

    def cycle(self) -> None:
        for member in self.quorum():
            self.must(member, c.CallCycle(self.state.cycle + 1))

    def close_day(self) -> None:
        self.phase(Phase.CUT_OFF, self.state.day.date)
        self.phase(Phase.CLOSED, self.state.day.date)

    def pass_days(self, days: int) -> None:
        """Close the day, and open the first business day that is at least so many days later."""
        date = self.state.day.date + datetime.timedelta(days)
        while date.weekday() > 4:
            date += datetime.timedelta(1)
        self.close_day()
        self.open_day(date)

    # -- governing ------------------------------------------------------------------------------------

    def propose(self, author: str, change: AnyChange) -> int:
        return int(self.must(author, c.Propose(change, TEXT)).items[0].id)

    def vote(self, author: str, proposal: int, *, in_favour: bool = True) -> Outcome:
        return self.must(author, c.CastVote(proposal, in_favour))

    def carry(self, change: AnyChange) -> int:
        """Let members agree to a change, one after the other, until it has passed."""
        first, *others = [each.id for each in seated(self.state) if each.id != concerned(change)]
        number = self.propose(first, change)
        for member in others:
            if self.proposal(number).status is ProposalStatus.OPEN:
                self.vote(member, number)
        assert self.proposal(number).status in {ProposalStatus.PASSED, ProposalStatus.ENACTED}
        return number

    def enact(self, change: AnyChange) -> int:
        """Let a change pass, and its notice too."""
        number = self.carry(change)
        if self.proposal(number).status is ProposalStatus.PASSED:
            self.pass_days(5)
        assert self.proposal(number).status is ProposalStatus.ENACTED
        return number

    def proposal(self, number: int) -> Proposal:
        return self.state.proposals[proposal_key(number)]

    def issue(self, bank: str, currency: str, amount: int) -> None:
        issuer = self.state.charter.issuer(currency)
        assert issuer is not None
        self.must(issuer.id, c.IssueMoney(bank, currency, amount), (issuer.id, "approve"))

    def order(self, **change: object) -> c.PaymentOrder:
        fields: dict[str, object] = {
            "uetr": uetr(next(self.numbers)),
            "debtor_agent": A1,
            "creditor_agent": A2,
            "currency": "IDR",
            "amount": 100,
            "value_date": TUESDAY,
            "channel": c.Channel.RTGS,
            "details": bytes(32),
        }
        return c.PaymentOrder(**{**fields, **change})

    def pay(self, **change: object) -> Outcome:
        order = self.order(**change)
        return self.tell(order.debtor_agent, batch((order,)))

    def owe(self, debtor: int, creditor: int, amount: int, **change: object) -> Outcome:
        fields: dict[str, object] = {
            "id": f"{lei(creditor)}/INV-{next(self.numbers)}",
            "debtor": lei(debtor),
            "creditor": lei(creditor),
            "currency": "IDR",
            "amount": amount,
            "due": TUESDAY,
            "document": bytes(32),
        }
        item = c.ObligationItem(**{**fields, **change})
        agent = self.state.firms[item.debtor].agent
        return self.tell(agent, c.RegisterObligations((item,)))

    def record(self, author: str, *items: TradeItem) -> Outcome:
        return self.tell(author, RegisterTradeRecords(items))

    @property
    def payments(self) -> dict[str, Payment]:
        """All payments on the log as they stand, in the order in which they came."""
        result: dict[str, Payment] = {}
        for event in self.events:
            for order in arrivals(event):
                found = payment_of(self.state, order.uetr)
                assert found is not None
                said = msgspec.structs.replace(order, amount=found.order.amount)
                result[order.uetr] = msgspec.structs.replace(found, order=said, arrival=len(result))
        return result

    def balance(self, bank: str, currency: str = "IDR") -> int:
        return self.state.accounts[settlement_account(bank, currency)].balance


def screening(state: State, author: str) -> Screened:
    """That an author has screened against the lists now in force; nothing where there are none."""
    lists = lists_of(state, author)
    return Screened(lists, EVIDENCE) if lists else Screened()


def invoice(**change: object) -> TradeItem:
    """The record of an invoice for steel tubes of firm 2 (bank A2) to firm 0 (bank A1)."""
    fields: dict[str, object] = {
        "kind": DocumentKind.INVOICE,
        "number": "INV-1",
        "document": hashlib.sha256(b"INV-1").digest(),
        "seller": lei(2),
        "buyer": lei(0),
        "issued": MONDAY,
        "goods": (GoodsLine("730431", "QN", 5_000, "120 KGM"), GoodsLine("7304590000", "DE")),
        "currency": "IDR",
        "dispatch": "QN",
        "destination": "QM",
        "transshipments": ("SG",),
        "incoterm": "CIF",
        "place": "Port of Melati",
        "vessel": "9319466",
        "vessel_name": "Cần Thơ",
        "voyage": "017W",
        "payment_means": "30",
        "due": TUESDAY,
    }
    return TradeItem(**{**fields, **change})


def arrivals(event: AnyEvent) -> tuple[c.PaymentOrder, ...]:
    """The payments that an event brings to the log."""
    match event:
        case PaymentsSettled():
            return orders_of(c.SubmitPayments(event.records))
        case RecordsPosted():
            said = orders_of(c.SubmitPayments(event.records))
            return tuple(each for each in said if each.action in {Action.PAY, Action.RESERVE})
        case PaymentAccepted() | PaymentQueued() | PaymentRejected() | PaymentHeld() if (
            event.order is not None
        ):
            return (event.order,)
    return ()


def newcomer(member: str = "QP", currency: str = "THB", **change: object) -> AdmitMember:
    """The admission of a member that agrees to it, to the union of `charter()`."""
    name, bic, keys = f"Central Bank of {member}", f"CBNK{member}A1XXX", grants(member, tuple(Role))
    entry = Member(member, name, bic, lei(110), currency, 2, 10_000_000, (), keys)
    entry = msgspec.structs.replace(entry, **change)
    return admission(entry, member)


def admission(entry: Member, signer: str, role: str = "vote", union: bytes | None = None) -> AdmitMember:
    """An entry, signed by a key of the new member."""
    message = admission_bytes(union_id(charter()) if union is None else union, entry)
    return AdmitMember(entry, sign(private(signer, role), Domain.ADMISSION, message))


def suspend(union: Union, member: str) -> None:
    union.enact(SuspendMember(member))


def settled_world(money: int = 1_000, **rules: object) -> Union:
    """Banks, accounts in every currency, firms 0-11 (two a bank), `money` on each account, day open."""
    union = Union(**rules)
    settle(union, money)
    return union


def settle(union: Union, money: int) -> None:
    """Bring a union that was just founded to an open day; see `settled_world`."""
    for n, (bank, member) in enumerate(BANKS.items()):
        keys = grants(bank, (Role.SUBMIT, Role.APPROVE, Role.AUDIT))
        union.must(member, c.RegisterParticipant(bank, lei(200 + n), keys))
        for issuer, (currency, _) in MEMBERS.items():
            union.must(issuer, c.OpenAccount(bank, currency))
            if money:
                union.issue(bank, currency, money)
        union.must(bank, c.EnrolFirms((lei(2 * n), lei(2 * n + 1))))
    union.open_day()


def statuses(outcome: Outcome) -> Iterator[Status]:
    return (item.status for item in outcome.items)
