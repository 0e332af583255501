"""Netting certificates: at the end of a cycle, what it did for each participant and member, under one root.

A course notes the events of a cycle and what was due and did not settle; from that alone the certificates are made.
Each member recomputes the root from its own copy and signs it; a cycle is attested when a quorum has. Rule source:
charter, cycles; PFMI principles 1 and 23 (what a participant can rely on, and see for itself).
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from mufakat.core.accounts import settlement_account
from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.binding import member_of
from mufakat.core.decision import Decision, refused
from mufakat.core.netting import Item
from mufakat.core.obligation import note_left
from mufakat.core.standing import seated
from mufakat.core.state import State
from mufakat.model.certificate import (
    CycleItem,
    Dues,
    Kind,
    Leaf,
    Total,
    Why,
    banks_digest,
    cycle_root,
    item_line,
    items_digest,
    leaf_bytes,
)
from mufakat.model.command import CertifyCycle
from mufakat.model.event import (
    AnyEvent,
    CycleAttested,
    CycleCertified,
    CycleSigned,
    ObligationsSetOff,
    PositionsNetted,
    SwingDrawn,
    SwingRepaid,
)
from mufakat.model.identifier import AccountId, Currency, ObligationId
from mufakat.model.merkle import leaf_hash, root_of
from mufakat.model.outcome import AWAITING_QUORUM, DONE
from mufakat.model.refusal import Reason
from mufakat.model.setoff import ObligationsAcrossSetOff

_PARTS: Final = Dues.__struct_fields__
_NETTED: Final = {Kind.PAYMENT: "payments", Kind.OBLIGATION: "obligations"}
_LEFT: Final = {Why.SHORT: "short", Why.HELD_BACK: "held_back", Why.CLOSED: "closed", Why.STOPPED: "stopped"}


class Course:
    """What a cycle has done so far."""

    def __init__(self, state: State, cycle: int) -> None:
        self._state: Final = state
        self.cycle: Final = cycle
        self.positions: Final[dict[AccountId, int]] = {}
        self.drawn: Final[dict[AccountId, int]] = {}
        self.repaid: Final[dict[AccountId, int]] = {}
        self.lent: Final[dict[Currency, int]] = {}
        self.given_back: Final[dict[Currency, int]] = {}
        self._set_off: Final[dict[str, int]] = {}
        self._netted: Final[dict[str, int]] = {}
        self._entered: Final[dict[str, int]] = {}
        self._left: Final[dict[str, tuple[int, Why]]] = {}
        self._payments: Final[dict[str, None]] = {}

    def note(self, event: AnyEvent) -> None:
        """Take note of an event of the cycle, before it is evolved."""
        match event:
            case ObligationsSetOff() | ObligationsAcrossSetOff():
                for each, amount in event.cleared:
                    self._set_off[each] = self._set_off.get(each, 0) + amount
            case PositionsNetted():
                self.positions.update(event.positions)
                for each in event.obligations:
                    self._netted[each] = self._state.obligations[each].open
                for uetr in event.payments:
                    self._netted[uetr] = self._state.payments[uetr].rest
                    self._payments[uetr] = None
            case SwingDrawn():
                self._move(event, self.drawn, self.lent)
            case SwingRepaid():
                self._move(event, self.repaid, self.given_back)
            case _:
                pass

    def _move(
        self, event: SwingDrawn | SwingRepaid, sums: dict[AccountId, int], on_lines: dict[Currency, int]
    ) -> None:
        """Add up by account, and by currency what the issuer lent: the rest is what the sponsor held itself."""
        sums[event.account] = sums.get(event.account, 0) + event.amount
        if event.swing.startswith("swing/"):
            currency = self._state.accounts[event.account].currency
            on_lines[currency] = on_lines.get(currency, 0) + event.amount

    def enter(self, items: Iterable[Item]) -> None:
        """Take note of what enters netting; what does not come out of it netted was left for want of funds."""
        for item in items:
            self._entered[self._named(item)] = item.amount

    def leave(self, items: Iterable[Item], why: Why) -> None:
        """Take note of what is due and does not enter netting."""
        for item in items:
            self._left[self._named(item)] = (item.amount, why)

    def _named(self, item: Item) -> str:
        if item.payment is not None:
            self._payments[item.payment] = None
            return item.payment
        assert item.obligation is not None, "an item is a payment or an obligation"
        return item.obligation

    def items(self) -> tuple[CycleItem, ...]:
        """Give all that the cycle took up, payments first, in order of identifier."""
        left = self._left | {
            name: (amount, Why.SHORT) for name, amount in self._entered.items() if name not in self._netted
        }
        payments = [self._payment(uetr, left) for uetr in sorted(self._payments)]
        others = (*self._set_off, *self._netted, *left)
        obligations = sorted({name for name in others if name not in self._payments})
        return (*payments, *(self._obligation(name, left) for name in obligations))

    def _payment(self, uetr: str, left: dict[str, tuple[int, Why]]) -> CycleItem:
        order = self._state.payments[uetr].order
        amount, why = left.get(uetr, (0, Why.NONE))
        netted = self._netted.get(uetr, 0)
        parties = order.debtor_agent, order.creditor_agent, order.currency
        return CycleItem(Kind.PAYMENT, uetr, *parties, 0, netted, amount, why)

    def _obligation(self, name: str, left: dict[str, tuple[int, Why]]) -> CycleItem:
        held = self._state.obligations[name]
        amount, why = left.get(name, (0, Why.NONE))
        set_off, netted = self._set_off.get(name, 0), self._netted.get(name, 0)
        parties = held.debtor_agent, held.creditor_agent, held.item.currency
        return CycleItem(Kind.OBLIGATION, name, *parties, set_off, netted, amount, why)


def _count(total: list[int], amount: int) -> None:
    total[0] += 1
    total[1] += amount


class _Tally:
    """The figures of one holder in one currency, while they are added up."""

    __slots__ = ("banks", "drawn", "given_back", "lent", "lines", "paid", "received", "repaid", "sides")

    def __init__(self) -> None:
        self.sides: Final = {pays: {part: [0, 0] for part in _PARTS} for pays in (True, False)}
        self.lines: Final[list[str]] = []
        self.banks: Final[list[tuple[str, str]]] = []
        self.paid = self.received = self.drawn = self.repaid = self.lent = self.given_back = 0

    def add(self, item: CycleItem, *, pays: bool) -> None:
        """Count an item on one side."""
        side = self.sides[pays]
        side["gross"][0] += 1
        side["gross"][1] += item.set_off + item.netted + item.left_out
        if item.set_off:
            _count(side["set_off"], item.set_off)
        if item.netted:
            _count(side[_NETTED[item.kind]], item.netted)
        if item.left_out:
            _count(side[_LEFT[item.why]], item.left_out)
        self.lines.append(item_line(item, pays=pays))

    def take_in(self, bank: str, other: "_Tally") -> None:
        """Add the figures of a member's bank."""
        for pays, side in other.sides.items():
            for part, (items, amount) in side.items():
                self.sides[pays][part][0] += items
                self.sides[pays][part][1] += amount
        self.paid += other.paid
        self.received += other.received
        self.drawn += other.drawn
        self.repaid += other.repaid
        if other.lines:
            self.banks.append((bank, items_digest(other.lines)))

    def side(self, *, pays: bool) -> Dues:
        """Return one side as it stands."""
        return Dues(*(Total(*self.sides[pays][part]) for part in _PARTS))


def certified(state: State, course: Course) -> CycleCertified:
    """Make the certificates of a cycle whose positions are settled, and the root over them."""
    items = course.items()
    leaves = tuple(_leaves(state, course, items))
    tree = root_of([leaf_hash(leaf_bytes(leaf)) for leaf in leaves])
    return CycleCertified(course.cycle, cycle_root(course.cycle, len(leaves), tree), leaves, items)


def _leaves(state: State, course: Course, items: tuple[CycleItem, ...]) -> Iterable[Leaf]:
    tallies = _by_account_owner(state, course, items)
    for (owner, currency), tally in list(tallies.items()):
        member = member_of(state, owner)
        if member != owner:
            tallies.setdefault((member, currency), _Tally()).take_in(owner, tally)
    for holder, currency in sorted(tallies):
        yield _leaf(state, course.cycle, holder, currency, tallies[holder, currency])


def _by_account_owner(
    state: State, course: Course, items: tuple[CycleItem, ...]
) -> dict[tuple[str, Currency], _Tally]:
    """Add up by owner and currency; what was lent counts for the issuer of the currency."""
    tallies: dict[tuple[str, Currency], _Tally] = {}

    def of(owner: str, currency: Currency) -> _Tally:
        key = owner, currency
        if key not in tallies:
            tallies[key] = _Tally()
        return tallies[key]

    for item in items:
        of(item.payer, item.currency).add(item, pays=True)
        of(item.payee, item.currency).add(item, pays=False)
    for account, position in course.positions.items():
        held = state.accounts[account]
        tally = of(held.owner, held.currency)
        tally.paid += max(0, -position)
        tally.received += max(0, position)
    for account, amount in course.drawn.items():
        held = state.accounts[account]
        of(held.owner, held.currency).drawn += amount
    for account, amount in course.repaid.items():
        held = state.accounts[account]
        of(held.owner, held.currency).repaid += amount
    for currency, amount in course.lent.items():
        of(_issuer(state, currency), currency).lent += amount
    for currency, amount in course.given_back.items():
        of(_issuer(state, currency), currency).given_back += amount
    return tallies


def _issuer(state: State, currency: Currency) -> str:
    issuer = state.charter.issuer(currency)
    assert issuer is not None, "accounts are in currencies of members"
    return issuer.id


def _leaf(state: State, cycle: int, holder: str, currency: Currency, tally: _Tally) -> Leaf:
    is_member = holder not in state.participants
    pays, receives = tally.side(pays=True), tally.side(pays=False)
    issuer = state.charter.issuer(currency)
    assert issuer is not None, "accounts are in currencies of members"
    return Leaf(
        cycle=cycle,
        date=state.day.date.isoformat(),
        holder=holder,
        currency=currency,
        issuer=issuer.id,
        account=AccountId("") if is_member else settlement_account(holder, currency),
        pays=pays,
        receives=receives,
        paid=tally.paid,
        received=tally.received,
        position=tally.received - tally.paid,
        drawn=tally.drawn,
        repaid=tally.repaid,
        lent=tally.lent,
        given_back=tally.given_back,
        saved=pays.set_off.amount + pays.payments.amount + pays.obligations.amount - tally.paid,
        items=banks_digest(tally.banks) if is_member else items_digest(tally.lines),
    )


def evolve_certified(state: State, event: CycleCertified) -> None:
    """Keep the root for the members to sign, and since when cycles leave each obligation short."""
    state.attestations.put(
        attestation_key(event.cycle), Attestation(event.cycle, event.root, len(event.leaves))
    )
    for item in event.items:
        if item.kind is Kind.OBLIGATION:
            note_left(state, ObligationId(item.id), item.why)


def certify_cycle(state: State, author: str, body: CertifyCycle) -> Decision:
    """Record a member's signature on a cycle's root; the one that makes the quorum attests the cycle."""
    member = state.charter.member(author)
    if member is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member signs for a cycle.")
    found = state.attestations.get(attestation_key(body.cycle))
    if found is None:
        return refused(Reason.UNKNOWN_CYCLE, f"The last is {state.cycle}.")
    if body.root != found.root:
        return refused(Reason.ROOT_DIFFERS, f"Here it is {found.root.hex()}.")
    if member.id in found.signers:
        return refused(Reason.ALREADY_CERTIFIED, f"Cycle {body.cycle}.")
    yield CycleSigned(body.cycle, member.id)
    signers = (*found.signers, member.id)
    counting = [each.id for each in seated(state)]
    needed = min(state.charter.rules.day_quorum, len(counting))
    if not found.attested:
        if sum(each in signers for each in counting) < needed:
            return AWAITING_QUORUM
        yield CycleAttested(body.cycle, signers)
    return DONE


def evolve_signed(state: State, event: CycleSigned) -> None:
    """Add the member to those that signed."""
    key = attestation_key(event.cycle)
    found = state.attestations[key]
    assert event.member not in found.signers, "a member signs a cycle once"
    state.attestations.put(key, msgspec.structs.replace(found, signers=(*found.signers, event.member)))


def evolve_attested(state: State, event: CycleAttested) -> None:
    """Mark the cycle as attested."""
    key = attestation_key(event.cycle)
    state.attestations.put(key, msgspec.structs.replace(state.attestations[key], attested=True))
