"""A second reading of the events, without the rules: whose money moved, and whether anybody had screened for it.

It keeps, from commands and events alone, which lists are in force for whom, against which each open item was
screened, who is listed by number, and what is on hold.
"""

import hashlib

from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model.case import CaseDecided, ObligationHeld, PaymentHeld, Rescreened, TradeRecordHeld
from mufakat.model.dealing import ExchangeSettled
from mufakat.model.listing import ListBrought, digest_of, numbers_of
from mufakat.model.queueing import Action
from mufakat.model.record import orders_of
from mufakat.model.setoff import ObligationsAcrossSetOff
from mufakat.model.trade import TradeRecordRegistered
from mufakat.model.verdict import Verdict


class Ledger:
    """What a reader of the log knows of lists, screenings and holds."""

    def __init__(self) -> None:
        self.versions: dict[str, bytes] = {}
        self.entries: dict[tuple[str, str, bytes], tuple[set[str], tuple[str, ...]]] = {}
        self.sponsors: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.screened: dict[str, bytes] = {}
        self.payments: dict[str, c.PaymentOrder] = {}
        self.covered: dict[str, bytes] = {}
        self.debts: dict[str, tuple[c.ObligationItem, str, str]] = {}
        self.held: set[str] = set()
        self.cases: dict[int, tuple[str, ...]] = {}

    def in_force(self, bank: str) -> bytes:
        """The SHA-256 over the lists that bind a bank; nothing without one."""
        member = self.sponsors.get(bank, bank)
        said = [
            f"{name} {version.hex()}\n"
            for name, version in sorted(self.versions.items())
            if name == "un" or name.startswith(f"{member}/")
        ]
        return hashlib.sha256("".join(said).encode()).digest() if said else b""

    def listed(self, number: str, *members: str, said_by: int = 1) -> bool:
        """Whether an entry in force, on a list that binds one of the members, has a number."""
        return any(
            number in numbers and len(said) >= said_by and (name == "un" or name[:2] in members)
            for (name, _, _), (said, numbers) in self.entries.items()
        )

    def bank_is_listed(self, bank: str) -> bool:
        """Whether two members have brought an entry of the union's list with a bank's number."""
        numbers = f"bic/{bank[:8]}", f"lei/{self.numbers[bank]}"
        return any(self.listed(number, said_by=2) for number in numbers)

    def read(self, said: c.SignedCommand | None, events: tuple[e.AnyEvent, ...]) -> list[str]:
        """Take in a command that was heard and its events; say what moved that nobody may have moved."""
        wrong: list[str] = []
        carries = _carried(said)
        for event in events:
            wrong += self._judge(event, carries)
            self._note(event, carries)
        return wrong

    def _judge(self, event, carries) -> list[str]:
        wrong = []
        if isinstance(event, (e.PaymentsSettled, e.RecordsPosted)):
            self.covered |= {x.uetr: carries.get(x.debtor_agent, b"") for x in _orders(event)}
        for name in _settled(event):
            order = self.payments.get(name) or next(x for x in _orders(event) if x.uetr == name)
            wrong += self._judge_payment(order, carries)
        for name in _cleared(event):
            item, *banks = self.debts[name]
            members = [self.sponsors[bank] for bank in banks]
            if name in self.held:
                wrong.append(f"{name} is on hold, and was cleared")
            if any(self.screened.get(bank) != self.in_force(bank) for bank in banks if self.in_force(bank)):
                wrong.append(f"{name} was cleared unscreened")
            firms = (item.debtor, item.creditor)
            if any(self.listed(f"lei/{firm}", *members) for firm in firms):
                wrong.append(f"{name} of a listed firm was cleared")
            wrong += [f"{name} of a listed bank was cleared" for bank in banks if self.bank_is_listed(bank)]
        if isinstance(event, ExchangeSettled):
            if carries.get(event.payer, b"") != self.in_force(event.payer):
                wrong.append(f"{event.uetr} was exchanged unscreened")
            banks = {event.payer, event.creditor_agent, *(f.quoter for f in (*event.fills, *event.onward))}
            wrong += [f"{event.uetr} of listed {bank}" for bank in banks if self.bank_is_listed(bank)]
        if isinstance(event, TradeRecordRegistered):
            item, members = event.item, [self.sponsors[x] for x in (event.seller_agent, event.buyer_agent)]
            numbers = f"lei/{item.seller}", f"lei/{item.buyer}", f"imo/{item.vessel}"
            wrong += [f"{item.id} with {x}" for x in numbers if self.listed(x, *members)]
            if item.id in self.held or item.document.hex() in self.held:
                wrong.append(f"{item.id} is on hold, and was registered")
            if carries.get(event.author, b"") != self.in_force(event.author):
                wrong.append(f"{item.id} was registered unscreened")
        return wrong

    def _judge_payment(self, order: c.PaymentOrder, carries: dict[str, bytes]) -> list[str]:
        payer, wrong = order.debtor_agent, []
        if order.uetr in self.held:
            wrong.append(f"{order.uetr} is on hold, and was settled")
        lists = self.in_force(payer)
        if lists and lists not in (self.covered.get(order.uetr), self.screened.get(payer)):
            wrong.append(f"{order.uetr} was settled unscreened")
        banks = (payer, order.creditor_agent)
        return wrong + [f"{order.uetr} of listed {bank}" for bank in banks if self.bank_is_listed(bank)]

    def _note(self, event, carries) -> None:
        match event:
            case e.ParticipantRegistered():
                self.sponsors[event.bic], self.numbers[event.bic] = event.sponsor, event.lei
            case ListBrought():
                self._note_list(event)
            case e.ObligationRegistered():
                item = event.item
                self.debts[item.id] = item, event.debtor_agent, event.creditor_agent
            case PaymentHeld():
                self.held.add(event.uetr)
                self.cases[event.hold.case] = (event.uetr,)
            case ObligationHeld():
                self.held.add(event.id)
                self.cases[event.hold.case] = (event.id,)
            case TradeRecordHeld():
                names = (event.item.id, event.item.document.hex(), *event.item.obligations)
                self.held.update(names)
                self.cases[event.hold.case] = names
            case CaseDecided() if event.verdict is Verdict.CLEAR:
                mine = self.cases.pop(event.case)
                self.held.difference_update(mine)
                self.held.update(name for names in self.cases.values() for name in names)
            case CaseDecided() if event.verdict is Verdict.RETURN:
                self.cases.pop(event.case)
            case Rescreened():
                self.screened[event.participant] = event.screened.lists
        for order in _orders(event):
            self.payments[order.uetr] = order
            self.covered[order.uetr] = carries.get(order.debtor_agent, b"")

    def _forget(self, member: str) -> None:
        self.screened = {
            bank: lists for bank, lists in self.screened.items() if self.sponsors[bank] != member
        }

    def _note_list(self, event: ListBrought) -> None:
        if self.versions.get(event.list) != event.version and "goods" not in event.list:
            self.screened.clear() if event.list == "un" else self._forget(event.list[:2])
        self.versions[event.list] = event.version
        for entry in event.entries:
            key = (event.list, entry.id, digest_of(entry))
            said, numbers = self.entries.get(key, (set(), numbers_of(entry)))
            self.entries[key] = ({*said, event.member}, numbers)
        for name, digest in event.gone:
            self.entries.pop((event.list, name, digest), None)


def _carried(said: c.SignedCommand | None) -> dict[str, bytes]:
    """Against which lists a command says that each author screened what it brings."""
    if said is None:
        return {}
    author, body = said.instruction.author, said.instruction.body
    if isinstance(body, c.SubmitPayments):
        signers = (author, *body.signers)
        return dict(zip(signers, (each.lists for each in body.screened), strict=bool(body.screened)))
    screened = getattr(body, "screened", None)
    return {} if screened is None else {author: screened.lists}


def _orders(event) -> tuple[c.PaymentOrder, ...]:
    match event:
        case e.PaymentsSettled() | e.RecordsPosted():
            return orders_of(c.SubmitPayments(event.records))
        case e.PaymentAccepted() | e.PaymentQueued() | PaymentHeld() if event.order is not None:
            return (event.order,)
    return ()


def _settled(event) -> tuple[str, ...]:
    match event:
        case e.PaymentsSettled() | e.RecordsPosted():
            moving = (Action.PAY, Action.POST)
            return tuple(x.uetr for x in _orders(event) if x.action in moving)
        case e.PaymentSettled() | q.PaymentPartSettled():
            return (event.uetr,)
        case q.PaymentsOffset() | q.QueuesResolved():
            return tuple(x[0] for x in event.payments)
        case e.PositionsNetted():
            return event.payments
    return ()


def _cleared(event) -> tuple[str, ...]:
    match event:
        case e.ObligationsSetOff() | ObligationsAcrossSetOff():
            return tuple(name for name, _ in event.cleared)
        case e.PositionsNetted():
            return event.obligations
    return ()
