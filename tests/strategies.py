"""Random days of a union: what its members and banks tell it, right and wrong, as plain steps to play."""

import copy
import datetime
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import msgspec
from hypothesis import strategies as st

from mufakat.core.attestation import attestation_key
from mufakat.core.binding import is_bound, member_of
from mufakat.core.dump import dump, load
from mufakat.core.law import ProposalStatus
from mufakat.core.standing import present, seated
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import queueing as q
from mufakat.model.calendar import Phase
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.dealing import OfferQuote, SubmitExchange, WithdrawQuote
from mufakat.model.default import Cause, DeclareDefault, PledgeCollateral, ReleaseCollateral, RepayLoss
from mufakat.model.goods import Effect, GoodsRule, Place
from mufakat.model.listing import UNION_GOODS, UNION_LIST, Alias, BringList, Entry, Kind
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Outcome
from mufakat.model.rate import Rate, Side
from mufakat.model.record import batch
from mufakat.model.setoff import SetOffTerms
from mufakat.model.signing import public_key
from mufakat.model.trade import (
    DocumentKind,
    GoodsLine,
    RecheckTradeRecords,
    RegisteredRecord,
    TradeItem,
    TradeRecordRegistered,
)
from mufakat.model.verdict import AllowName, DecideCase, Hit, Rescreen, Scope, Screened, Verdict
from tests.union import (
    BANKS,
    MEMBERS,
    TEXT,
    TUESDAY,
    Union,
    grants,
    invoice,
    lei,
    newcomer,
    private,
    settled_world,
    uetr,
)

Step = tuple[object, ...]
SECOND = 1_000_000
"""Microseconds of log time."""

BANK_NAMES, MEMBER_NAMES = tuple(BANKS), tuple(MEMBERS)
NOBODY = "NOBKQMA1XXX"
A_BANK = BANK_NAMES[2]

banks = st.sampled_from(BANK_NAMES)
members = st.sampled_from(MEMBER_NAMES)
currencies = st.sampled_from(("IDR", "IDR", "VND", "MYR"))
firms = st.integers(0, 11)
voters = st.sampled_from((*MEMBER_NAMES, "QP"))
picks = st.integers(0, 60)
small = st.integers(1, 900)
large = st.one_of(small, st.integers(MAX_AMOUNT - 900, MAX_AMOUNT), st.sampled_from((2**61, 2**62, 2**63)))


CHANGES: dict[str, Callable[[str], p.AnyChange]] = {
    "horizon": lambda _: p.SetRule("set_off_horizon_days", 5),
    "quorum of all": lambda _: p.SetRule("day_quorum", 3),
    "quorum of two": lambda _: p.SetRule("day_quorum", 2),
    "votes under four eyes": lambda _: p.SetRule("four_eyes", ("IssueMoney", "CastVote")),
    "ordinary": lambda _: p.SetRule("governance.ordinary", (2, 3)),
    "voting days": lambda _: p.SetRule("governance.voting_days", 3),
    "faulty": lambda _: p.SetRule("max_command_bytes", 1),
    "payment limit": lambda member: p.AmendEntry(member, max_payment=500),
    "holiday": lambda member: p.AmendEntry(member, holidays=(TUESDAY + datetime.timedelta(2),)),
    "admit": lambda _: newcomer(),
    "suspend": p.SuspendMember,
    "readmit": p.ReadmitMember,
    "release": p.ReleaseMember,
    "leave": p.LeaveUnion,
    "list": lambda _: p.AdoptList("regional", 7, bytes(32)),
    "protocol": lambda _: p.AdoptProtocol(2, 100),
    "halt": lambda _: p.HaltUnion(),
    "resume": lambda _: p.ResumeUnion(),
    "shares by exposure": lambda _: p.SetRule("default.by_exposure", 1),
    "half of a pledge": lambda _: p.SetRule("default.cap_bp", 5_000),
    "overdue at once": lambda _: p.SetRule("default.overdue_days", 1),
    "unpaid at once": lambda _: p.SetRule("default.unpaid_days", 1),
    "no unwinding": lambda _: p.SetRule("default.unwind", 0),
    "defer": lambda _: p.DeferLoss(1, A_BANK, TUESDAY + datetime.timedelta(9)),
    "end default": lambda _: p.EndDefault(1, A_BANK),
}
"""Changes by name, each of the member that it is about."""
changes = st.sampled_from(sorted(CHANGES))


carrying = st.one_of(
    st.tuples(st.just("carry"), changes, members), st.tuples(st.just("wait"), st.sampled_from((1, 5, 40)))
)
governing = st.one_of(
    st.tuples(st.just("propose"), voters, changes, members),
    st.tuples(st.just("vote"), voters, picks, st.booleans()),
    st.tuples(st.just("withdraw"), voters, picks),
    carrying,
    st.tuples(st.just("rotate"), members, st.one_of(members, banks), st.sampled_from(Role)),
)
money = st.one_of(
    st.tuples(st.just("pay"), banks, banks, currencies, small, st.sampled_from(c.Channel), st.just(0)),
    st.tuples(st.sampled_from(("issue", "redeem")), members, banks, currencies, small),
    st.tuples(st.just("cycle")),
)


rates = st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from((0, 0, 25, 1_000)))
seconds = st.sampled_from((3, 12, 60_000))
"""How long a quote is firm, in thousandths: so many commands."""
asking = st.tuples(
    *(st.just("ask"), firms, currencies, st.sampled_from((0, 0, 5)), st.sampled_from((None, None, 0, 200))),
    *(st.lists(st.integers(0, 13), max_size=2), st.booleans()),
)
"""What a firm asks for when its debts are set off."""


recorded = st.tuples(
    *(st.just("record"), firms, firms, st.sampled_from(DocumentKind), st.integers(0, 3), st.integers(0, 2)),
    st.lists(
        st.tuples(
            st.sampled_from(("730431", "8471300000", "270900", "270900", "99", "770000")),
            st.sampled_from(("QM", "DE", "KP", "XK", "", "UK", "ZZ")),
        ),
        max_size=2,
    ),
    *(st.sampled_from(("QN", "SG", "", "AA")), st.booleans(), st.one_of(st.none(), picks)),
)
"""A trade record: firms, kind, number, document, goods by code and origin, where to, by whom, what it names."""


POOL = (
    Entry(id="E0", kind=Kind.PERSON, names=(Alias("Somebody"),)),
    Entry(id="E1", kind=Kind.ENTITY, names=(Alias("A bank"),), identifiers=(f"SWIFT/BIC {BANK_NAMES[1]}",)),
    Entry(id="E2", kind=Kind.ENTITY, names=(Alias("A firm"),), identifiers=(f"LEI {lei(5)}",)),
    Entry(id="E3", kind=Kind.VESSEL, names=(Alias("A ship"),), identifiers=("IMO 9319466",)),
    Entry(id="E0", kind=Kind.PERSON, names=(Alias("Somebody else"),)),
    Entry(id="E5", kind=Kind.PERSON, names=(Alias("A third"),)),
    Entry(
        id="E6", kind=Kind.ENTITY, names=(Alias("Another bank"),), identifiers=(f"BIC: {BANK_NAMES[4][:8]}",)
    ),
)
"""What may stand on a list: one of them in two versions, three with a number that the union knows."""
RULES = tuple(
    GoodsRule(
        id=f"R{number}",
        effect=effect,
        hs=hs,
        goods="goods",
        places=(Place.ORIGIN, Place.DESTINATION),
        countries=countries,
        source="Law",
        paragraph=str(number),
    )
    for number, (effect, hs, countries) in enumerate(
        (
            (Effect.REFUSE, "2709", ("KP",)),
            (Effect.REVIEW, "8471", ("QM", "QN")),
            (Effect.WATCH, "73", ("DE",)),
            (Effect.REVIEW, "", ("SG",)),
        )
    )
)
"""Goods rules that may stand on a list."""
screening = st.one_of(
    st.tuples(
        *(st.just("list"), members, st.sampled_from((False, False, True))),
        st.lists(st.integers(0, len(POOL) - 1), max_size=3),
        st.lists(st.integers(0, 5), max_size=2),
    ),
    st.tuples(st.just("hold"), banks, banks, currencies, small, picks),
    st.tuples(st.just("hold debt"), firms, firms, small),
    st.tuples(st.just("hold record"), firms, firms, st.integers(0, 3), st.one_of(st.none(), picks)),
    st.tuples(st.just("rescreen"), banks, st.lists(picks, max_size=2)),
    st.tuples(st.just("rescreen"), banks, st.just([])),
    st.tuples(st.just("decide"), picks, st.sampled_from(Verdict)),
    st.tuples(st.just("allow"), banks, picks, st.sampled_from((5, 5, -5))),
    st.tuples(st.just("unscreened"), banks, banks, small),
    st.tuples(
        *(st.just("rules"), members, st.booleans()),
        st.lists(st.integers(0, len(RULES) - 1), max_size=2),
        st.lists(st.integers(0, 3), max_size=1),
    ),
    st.tuples(st.just("recheck"), st.one_of(banks, members), picks),
)
"""Lists that come into force, what is put on hold, and what is decided of it."""


def steps(amounts: st.SearchStrategy[int] = small, most: int = 20) -> st.SearchStrategy[list[Step]]:
    """Lists of what is said in a union, most of it right."""
    pay = st.tuples(
        st.just("pay"), banks, banks, currencies, amounts, st.sampled_from(c.Channel), st.integers(0, 2)
    )
    owe = st.tuples(
        st.just("owe"), firms, firms, currencies, amounts, st.sampled_from((0, 0, 5, 60)), st.booleans()
    )
    order = st.tuples(
        *(st.just("order"), banks, banks, currencies, amounts, st.sampled_from(q.Priority)),
        *(st.sampled_from((0, 0, SECOND)), st.sampled_from((0, 0, SECOND, 2 * SECOND)), st.booleans()),
    )
    cycle = st.tuples(st.just("cycle"))
    quote = st.tuples(st.just("quote"), banks, currencies, currencies, amounts, amounts, rates, seconds)
    exchange = st.tuples(
        *(st.just("exchange"), banks, banks, currencies, currencies, st.sampled_from(Side), amounts, amounts),
        *(st.one_of(st.none(), picks), st.one_of(st.none(), st.none(), currencies)),
    )
    kinds = (
        *(pay, pay, pay, owe, owe, owe, cycle, cycle),
        *(recorded, recorded),
        st.tuples(st.just("twice"), banks, banks, amounts),
        st.tuples(st.sampled_from(("return", "cancel")), banks, picks),
        st.tuples(st.just("own"), st.sampled_from(("return", "cancel", "accept", "dispute")), picks),
        st.tuples(st.sampled_from(("accept", "dispute")), banks, picks),
        st.tuples(st.sampled_from(("issue", "redeem", "limit")), members, banks, currencies, amounts),
        st.tuples(st.just("swing"), members, members, amounts),
        st.tuples(st.just("reserve"), banks, currencies, st.one_of(st.just(0), amounts)),
        st.tuples(st.just("close"), members, banks, currencies),
        st.tuples(st.just("admit"), members, st.integers(0, 3)),
        st.tuples(st.just("enrol"), banks, st.integers(0, 20)),
        asking,
        st.tuples(st.just("call"), members, st.integers(0, 3)),
        st.tuples(st.just("declare"), members, st.sampled_from(Phase), st.integers(0, 3)),
        st.tuples(st.just("certify"), members, st.integers(0, 3), st.booleans()),
        st.tuples(st.just("night")),
        st.tuples(st.sampled_from(("again", "forged")), picks),
        st.tuples(st.just("noise"), st.binary(max_size=40)),
        st.tuples(st.just("stranger"), banks, amounts),
        order,
        order,
        st.tuples(
            st.just("amend"), banks, picks, st.sampled_from(q.Priority), st.sampled_from((0, 0, SECOND))
        ),
        st.tuples(st.just("earmark"), banks, banks, currencies, amounts, st.sampled_from((0, 0, SECOND))),
        st.tuples(
            st.just("finish"), st.sampled_from((q.Action.POST, q.Action.VOID)), picks, st.integers(0, 3)
        ),
        st.tuples(st.just("linked"), banks, banks, banks, currencies, st.tuples(amounts, amounts, amounts)),
        st.tuples(st.just("bypass"), banks, currencies, st.booleans()),
        st.tuples(
            st.just("cap"), banks, currencies, st.one_of(st.none(), banks), st.one_of(st.none(), amounts)
        ),
        st.tuples(st.just("resolve"), st.one_of(banks, members), currencies),
        st.tuples(st.just("clock"), st.sampled_from((1, SECOND, 3 * SECOND))),
        st.tuples(st.just("fix"), members, st.integers(0, 9)),
        st.tuples(st.just("terms"), members, members, st.integers(0, 10_000)),
        st.tuples(st.sampled_from(("settle", "settled"))),
        quote,
        quote,
        exchange,
        exchange,
        st.tuples(st.just("unquote"), banks, picks),
        governing,
        defaulting,
        screening,
    )
    return st.lists(st.one_of(*kinds), max_size=most)


parties = st.sampled_from((*BANK_NAMES, *MEMBER_NAMES))
defaulting = st.one_of(
    st.tuples(st.just("pledge"), parties, st.booleans(), currencies, small),
    st.tuples(st.just("release"), parties, st.booleans(), currencies, small),
    st.tuples(st.just("default"), parties, st.sampled_from(Cause)),
    st.tuples(st.just("blame"), members, parties, st.sampled_from(Cause)),
    st.tuples(st.just("repay"), banks, st.integers(0, 2), currencies, small),
    st.tuples(st.just("swing"), members, members, small),
    st.tuples(st.just("pay"), banks, banks, currencies, small, st.sampled_from(c.Channel), st.just(0)),
    st.tuples(st.just("owe"), firms, firms, currencies, small, st.just(0), st.just(False)),
    st.tuples(st.just("issue"), members, banks, currencies, small),
    st.tuples(st.just("cycle")),
    st.tuples(st.just("night")),
    st.tuples(st.just("defer"), st.integers(1, 5)),
    st.tuples(
        st.just("carry"),
        st.sampled_from(
            (
                *("shares by exposure", "half of a pledge", "overdue at once", "unpaid at once"),
                *("no unwinding", "defer", "end default"),
            )
        ),
        members,
    ),
)
"""What brings defaults about, and what comes of them."""


debts = st.lists(
    st.tuples(
        *(st.just("owe"), firms, firms, st.just("IDR"), small, st.sampled_from((0, 5, 60)), st.just(False))
    ),
    max_size=14,
)


class Watched(Union):
    """A union that lets a property look on before and after each command."""

    watch: Callable[["Watched"], AbstractContextManager[None]]

    generations: dict[tuple[str, str], int]
    """How often a key was rotated, by author and role."""

    def send(self, data: bytes) -> Outcome:
        with self.watch(self):
            return super().send(data)

    def private(self, author: str, role: str) -> bytes:
        generation = self.generations.get((author, role), 0)
        return super().private(author, f"{role} {generation}" if generation else role)


@functools.cache
def _made(money: int, max_payment: int) -> tuple[Union, bytes]:
    union = settled_world(money, max_payment=max_payment)
    return union, dump(union.state)


def world(money: int = 200, max_payment: int = 10_000_000) -> Watched:
    """A settled world of one's own, read back from how it was first made."""
    made, snapshot = _made(money, max_payment)
    union = Watched.__new__(Watched)
    vars(union).update(
        vars(made) | {"state": load(snapshot), "log": [*made.log], "events": [*made.events]},
        numbers=copy.copy(made.numbers),
        watch=lambda _: nullcontext(),
        generations={},
    )
    return union


def play(union: Union, of: list[Step]) -> None:
    """Say all of it, one command after the other."""
    for step in of:
        say(union, step)


def say(union: Union, step: Step) -> None:
    """Say one step of a day; what the rules think of it is theirs to say."""
    kind, *rest = step
    SAYINGS[kind](union, *rest)


MOST_IN_A_RECORD = 2**63 - 1


def _order(union, debtor, creditor, currency, amount, priority, earliest, latest, divisible):
    """Pay with a priority, in parts if so, between two times from now (µs, 0 for none)."""
    union.pay(
        debtor_agent=debtor,
        creditor_agent=creditor,
        currency=currency,
        amount=min(amount, MOST_IN_A_RECORD),
        value_date=union.state.day.date,
        priority=priority,
        earliest_us=union.now_us + earliest if earliest else 0,
        latest_us=union.now_us + latest if latest else 0,
        divisible=divisible,
    )


def _amend(union, bank, pick, priority, latest):
    waiting = [*(uetr for line in union.state.queues.values() for uetr in line), *union.state.waiting]
    own = [uetr for uetr in waiting if union.state.payments[uetr].order.debtor_agent == bank] or waiting
    uetr_of = own[pick % len(own)] if own else uetr(999_998)
    union.tell(bank, q.AmendPayment(uetr_of, priority, union.now_us + latest if latest else 0))


def _earmark(union, debtor, creditor, currency, amount, latest):
    """Reserve a payment, until a time from now (µs, 0 for the close)."""
    union.pay(
        debtor_agent=debtor,
        creditor_agent=creditor,
        currency=currency,
        amount=min(amount, MOST_IN_A_RECORD),
        value_date=union.state.day.date,
        latest_us=union.now_us + latest if latest else 0,
        action=q.Action.RESERVE,
    )


def _finish(union, action, pick, left):
    """Post an open reservation, but for what is to be left of it, or void it."""
    found = union.state.reservations.all()
    if not found:
        return
    payment = union.payments[found[pick % len(found)].uetr]
    order = msgspec.structs.replace(
        payment.order, action=action, latest_us=0, amount=max(1, payment.order.amount - left)
    )
    union.tell(order.debtor_agent, batch((order,)))


def _linked(union, first, second, third, currency, amounts):
    """Pay round three banks, all or nothing, signed by all; the last one only reserves."""
    date, banks = union.state.day.date, (first, second, third, first)
    orders = [
        union.order(
            debtor_agent=debtor,
            creditor_agent=creditor,
            currency=currency,
            amount=min(amount, MOST_IN_A_RECORD),
            value_date=date,
            linked=place < 2,
            action=q.Action.PAY if place < 2 else q.Action.RESERVE,
        )
        for place, (debtor, creditor, amount) in enumerate(zip(banks, banks[1:], amounts, strict=False))
    ]
    others = tuple(sorted({second, third} - {first}))
    union.tell(first, batch(orders, others), *((each, "submit") for each in others))


def _clock(union, us):
    union.now_us += us


def _pay(union, debtor, creditor, currency, amount, channel, days):
    date = union.state.day.date + datetime.timedelta(days)
    union.pay(
        debtor_agent=debtor,
        creditor_agent=creditor,
        currency=currency,
        amount=min(amount, MOST_IN_A_RECORD),
        channel=channel,
        value_date=date,
    )


def _twice(union, debtor, creditor, amount):
    order = union.order(
        debtor_agent=debtor,
        creditor_agent=creditor,
        amount=min(amount, MOST_IN_A_RECORD),
        value_date=union.state.day.date,
    )
    union.tell(debtor, batch((order, order)))


def _stranger(union, bank, amount):
    union.pay(debtor_agent=bank, creditor_agent=NOBODY, amount=min(amount, MOST_IN_A_RECORD))
    union.tell(bank, c.CancelPayment(uetr(999_999)))
    union.tell(bank, c.ReturnPayment(uetr(999_999), "AC04"))
    union.tell(bank, c.AcceptObligations(("no such",)))


def _owe(union, debtor, creditor, currency, amount, days, by_creditor):
    agent = union.state.firms[lei(creditor if by_creditor else debtor)].agent
    item = c.ObligationItem(
        id=f"{lei(creditor)}/INV-{next(union.numbers)}",
        debtor=lei(debtor),
        creditor=lei(creditor),
        currency=currency,
        amount=amount,
        due=union.state.day.date + datetime.timedelta(days),
        document=bytes(32),
        indivisible=amount % 7 == 0,
    )
    union.tell(agent, c.RegisterObligations((item,)))


def _record(union, seller, buyer, kind, number, document, goods, destination, by_buyer, pick):
    """Register a trade record; with a pick, of an obligation and an earlier record too."""
    item = TradeItem(
        *(kind, f"D-{number}", bytes([document]) * 32, lei(seller), lei(buyer), union.state.day.date),
        goods=tuple(GoodsLine(*each) for each in goods),
        services=not goods and number == 3,
        dispatch="QM" if goods else "",
        destination=destination if goods else "",
        obligations=() if pick is None else (_picked(union.state.obligations, pick),),
        refers_to=() if pick is None else (_picked(union.state.trade_records, pick),),
    )
    union.record(union.state.firms[lei(buyer if by_buyer else seller)].agent, item)


def _ask(union, firm, currency, least_residual, most, not_with, across):
    others = tuple(sorted(lei(each) for each in not_with))
    body = SetOffTerms(lei(firm), currency, least_residual, most, others, across)
    union.tell(union.state.firms[lei(firm)].agent, body)


def _picked(table, pick):
    keys = [key for key, _ in sorted(table.items())]
    return keys[pick % len(keys)] if keys else uetr(999_998)


def _own(union, what, pick):
    """Say a thing of a payment or an obligation as the one whose affair it is."""
    table = union.payments if what in {"return", "cancel"} else union.state.obligations
    record = table.get(_picked(table, pick))
    if record is not None:
        match what:
            case "return":
                author = record.order.creditor_agent
            case "cancel":
                author = record.order.debtor_agent
            case _:
                author = record.debtor_agent
        if author in BANKS:
            say(union, (what, author, pick))


def _money(kind):
    def tell(union, member, bank, currency, amount):
        issuer = union.state.charter.issuer(currency).id if amount % 5 else member
        union.tell(issuer, kind(bank, currency, amount))

    return tell


def fixings(union: Union, rate: int) -> c.SubmitFixings:
    """Rates for each currency, `rate` thousandths of the numeraire and a little more for each."""
    currencies = sorted(each.currency for each in present(union.state))
    rates = tuple((currency, rate * (10**6 + place)) for place, currency in enumerate(currencies))
    return c.SubmitFixings(union.state.day.date, rates)


def _cycle(union):
    for member in union.quorum():
        union.tell(member, c.CallCycle(union.state.cycle + 1))


def _certify(union, member, number, right):
    kept = union.state.attestations.get(attestation_key(number))
    root = kept.root if kept is not None and right else bytes(32)
    union.tell(member, c.CertifyCycle(number, root))


def _night(union, days=1):
    day = union.state.day
    date = day.date + datetime.timedelta(days)
    date += datetime.timedelta(max(0, 7 - date.weekday()) if date.weekday() > 4 else 0)
    for phase, when in ((Phase.CUT_OFF, day.date), (Phase.CLOSED, day.date), (Phase.OPEN, date)):
        for member in union.quorum():
            union.tell(member, c.DeclarePhase(when, phase))


def _propose(union, member, name, about):
    union.tell(member, c.Propose(CHANGES[name](about), TEXT))


def _number(union, pick):
    return pick % max(1, len(union.state.proposals)) + 1


def _carry(union, name, about):
    """Let everybody vote for a change, as far as they may."""
    change = CHANGES[name](about)
    owner = getattr(change, "member", None) if p.class_of(change) is p.RuleClass.OWN else None
    voting = [each.id for each in seated(union.state) if each.id != p.concerned(change)]
    number = len(union.state.proposals) + 1
    union.tell(owner or voting[0], c.Propose(change, TEXT))
    for member in voting[1:]:
        if len(union.state.proposals) == number and union.proposal(number).status is ProposalStatus.OPEN:
            union.tell(member, c.CastVote(number, in_favour=True))


def _rotate(union, member, owner, role):
    old, generation = union.private(owner, role), union.generations.get((owner, role), 0)
    new = private(owner, f"{role} {generation + 1}")
    change = p.RotateKeys(owner, (KeyGrant(public_key(new), (role,)),), (public_key(old),))
    outcome = union.tell(member, c.Propose(change, TEXT))
    if outcome.refusal is None:
        union.generations = {**union.generations, (owner, role): generation + 1}


def _admit(union, member, number):
    bank = f"NEW{number}{member}A1XXX"
    body = c.RegisterParticipant(bank, lei(300 + number), grants(bank, (Role.SUBMIT,)))
    union.tell(member, body)
    union.tell(member, c.OpenAccount(bank, MEMBERS.get(member, ("THB",))[0]))


def _quote(union, bank, sells, buys, least, more, rate, thousandths):
    name = f"{bank}/Q{len(union.state.quotes)}"
    offered, asked, fee_bp = rate
    until, most = union.now_us + 1_000 * thousandths, least + more - 1
    union.tell(bank, OfferQuote(name, sells, buys, Rate(offered, asked), least, most, until, fee_bp))


def _exchange(union, payer, payee, sells, buys, side, amount, bound, pick, via=None):
    quote = None if pick is None else _picked(union.state.quotes, pick)
    fields = (
        uetr(100_000 + len(union.state.exchanges)),
        payee,
        sells,
        buys,
        side,
        amount,
        bound,
        bytes(32),
        quote,
        via,
    )
    union.tell(payer, SubmitExchange(*fields))


def _pledge(union, party, for_member, currency, amount):
    bank = union.state.participants.get(party)
    union.tell(party, PledgeCollateral(bank.sponsor if bank and for_member else party, currency, amount))


def _release(union, party, to_bank, currency, amount):
    own = [bank for bank, member in BANKS.items() if member == party]
    union.tell(party, ReleaseCollateral(currency, amount, own[0] if own and to_bank else ""))


def _defer(union, days):
    """Let everybody vote to carry the rest of the first default's loss for so many days."""
    party = next((each.party for each in union.state.defaults.records()), A_BANK)
    change = p.DeferLoss(1, party, union.state.day.date + datetime.timedelta(days))
    voting = [each.id for each in seated(union.state) if each.id != p.concerned(change)]
    number = len(union.state.proposals) + 1
    for member in voting:
        if len(union.state.proposals) < number:
            union.tell(member, c.Propose(change, TEXT))
        else:
            union.tell(member, c.CastVote(number, in_favour=True))


def _default(union, party, cause):
    for member in union.quorum():
        union.tell(member, DeclareDefault(party, cause))


def _list(union, member, own, came, gone):
    """Bring a copy of the union's list, or of one's own: some come, and of those in force some go."""
    name = f"{member}/own" if own else UNION_LIST
    listing = union.state.listings.get(name)
    kept = [each for each in union.state.listed.records() if each.list == name and not each.gone]
    chosen = tuple((each.id, each.digest) for place, each in enumerate(kept) if place in gone)
    entries = {POOL[number].id: POOL[number] for number in came}
    base = listing.version if listing is not None else b""
    union.tell(member, BringList(name, TUESDAY, base, tuple(entries.values()), chosen))


def _rules(union, member, own, came, gone):
    """Bring goods rules, the union's or one's own: some come, and of those in force some go."""
    name = f"{member}/goods" if own else UNION_GOODS
    listing = union.state.listings.get(name)
    kept = [each for each in union.state.listed.records() if each.list == name and not each.gone]
    chosen = tuple((each.id, each.digest) for place, each in enumerate(kept) if place in gone)
    rules = {RULES[number].id: RULES[number] for number in came}
    base = listing.version if listing is not None else b""
    union.tell(member, BringList(name, TUESDAY, base, gone=chosen, rules=tuple(rules.values())))


def _recheck(union, author, pick):
    """Hold a registered record against the rules of now."""
    registered = [each for each in union.events if isinstance(each, TradeRecordRegistered)]
    if registered:
        record = RegisteredRecord(*msgspec.structs.astuple(registered[pick % len(registered)]))
        union.tell(author, RecheckTradeRecords((record,)))


def _entries(union, bank, pick):
    """One entry in force that binds a bank."""
    member = member_of(union.state, bank)
    bound = [each for each in union.state.listed.records() if is_bound(each.list, member) and not each.gone]
    return (bound[pick % len(bound)].key if bound else "un/E9/" + "0" * 64,)


def _hold(union, debtor, creditor, currency, amount, pick):
    fields = {"debtor_agent": debtor, "creditor_agent": creditor, "currency": currency, "amount": amount}
    order = union.order(**fields, value_date=union.state.day.date)
    union.tell(debtor, c.HoldItem(Screened(), _entries(union, debtor, pick), record=batch((order,)).records))


def _hold_debt(union, debtor, creditor, amount):
    agent = union.state.firms[lei(debtor)].agent
    name = f"{lei(creditor)}/INV-{next(union.numbers)}"
    due = union.state.day.date
    item = c.ObligationItem(name, lei(debtor), lei(creditor), "IDR", amount, due, bytes(32))
    union.tell(agent, c.HoldItem(Screened(), _entries(union, agent, amount), obligation=item))


def _hold_record(union, seller, buyer, number, pick):
    agent = union.state.firms[lei(seller)].agent
    debts = () if pick is None else (_picked(union.state.obligations, pick),)
    number = f"H-{number}"
    vessel = "" if seller % 2 else "9319466"
    item = invoice(number=number, seller=lei(seller), buyer=lei(buyer), obligations=debts, vessel=vessel)
    union.tell(agent, c.HoldItem(Screened(), _entries(union, agent, 0), trade=item))


def _rescreen(union, bank, found):
    """Screen all that is open of a bank, and put some of it on hold."""
    own = [uetr for uetr, each in union.payments.items() if each.order.debtor_agent == bank]
    debts = union.state.obligations.items()
    own += [name for name, each in debts if bank in {each.debtor_agent, each.creditor_agent}]
    waits = ("ACCEPTED", "QUEUED", "RESERVED")
    own.sort(key=lambda item: item in union.payments and union.payments[item].status.name not in waits)
    items = dict.fromkeys(own[pick % len(own)] for pick in found) if own else {}
    hits = tuple(Hit(item, _entries(union, bank, 0)) for item in items)
    union.tell(bank, Rescreen(Screened(), hits))


def _decide(union, pick, verdict):
    open_now = [each for each in union.state.cases.records() if each.is_open]
    if open_now:
        case = open_now[pick % len(open_now)]
        body = DecideCase(case.number, case.member, verdict, "Looked at.", Screened())
        union.tell(case.participant, body, (case.member, "approve"))


def _allow(union, bank, pick, days):
    member, until = BANKS[bank], union.state.day.date + datetime.timedelta(days)
    (entry,) = _entries(union, bank, pick)
    body = AllowName(entry, bytes(32), member, until, Scope.ALL, "Another person.", Screened())
    union.tell(bank, body, (member, "approve"))


def _unscreened(union, debtor, creditor, amount):
    """Pay without a word of screening."""
    union.screens = False
    union.pay(debtor_agent=debtor, creditor_agent=creditor, amount=amount, value_date=union.state.day.date)
    union.screens = True


def _forged(union, pick):
    data = bytearray(union.log[pick % len(union.log)][0])
    data[(pick * 7) % len(data)] ^= 1 << pick % 8
    union.send(bytes(data))


SAYINGS = {
    "pay": _pay,
    "twice": _twice,
    "order": _order,
    "amend": _amend,
    "earmark": _earmark,
    "finish": _finish,
    "linked": _linked,
    "bypass": lambda u, bank, currency, allowed: u.tell(bank, q.AllowBypass(currency, allowed)),
    "cap": lambda u, bank, currency, to, most: u.tell(bank, q.LimitPayments(currency, to, most)),
    "resolve": lambda u, author, currency: u.tell(author, q.ResolveQueues(currency)),
    "clock": _clock,
    "stranger": _stranger,
    "owe": _owe,
    "own": _own,
    "return": lambda u, bank, pick: u.tell(bank, c.ReturnPayment(_picked(u.payments, pick), "AC04")),
    "cancel": lambda u, bank, pick: u.tell(bank, c.CancelPayment(_picked(u.payments, pick))),
    "accept": lambda u, bank, n: u.tell(bank, c.AcceptObligations((_picked(u.state.obligations, n),))),
    "dispute": lambda u, bank, n: u.tell(bank, c.DisputeObligations((_picked(u.state.obligations, n),))),
    "issue": _money(c.IssueMoney),
    "redeem": _money(c.RedeemMoney),
    "limit": _money(c.SetLimit),
    "swing": lambda u, lender, debtor, limit: u.tell(
        lender, c.SetSwingLine(debtor, limit), (debtor, "approve")
    ),
    "terms": lambda u, lender, debtor, rate: u.tell(
        lender, c.SetSwingTerms(debtor, ((2_500, rate // 2), (10_000, rate))), (debtor, "approve")
    ),
    "settle": lambda u: u.tell("QM", c.SettleSwing(u.state.day.date)),
    "settled": lambda u: [u.tell(member, c.SettleSwing(u.state.day.date)) for member in u.quorum()],
    "fix": lambda u, member, rate: u.tell(member, fixings(u, rate)),
    "fixed": lambda u, rate: [u.tell(member, fixings(u, rate)) for member in u.quorum()],
    "ask": _ask,
    "record": _record,
    "meddle": lambda u, bank: u.record(bank, invoice()),
    "reserve": lambda u, bank, currency, amount: u.tell(bank, c.ReserveLiquidity(currency, amount)),
    "close": lambda u, member, bank, currency: u.tell(member, c.CloseAccount(bank, currency)),
    "admit": _admit,
    "enrol": lambda u, bank, number: u.tell(bank, c.EnrolFirms((lei(number),))),
    "call": lambda u, member, number: u.tell(member, c.CallCycle(number)),
    "declare": lambda u, member, phase, days: u.tell(
        member, c.DeclarePhase(TUESDAY + datetime.timedelta(days), phase)
    ),
    "cycle": _cycle,
    "certify": _certify,
    "night": _night,
    "wait": _night,
    "propose": _propose,
    "vote": lambda u, member, pick, yes: u.tell(member, c.CastVote(_number(u, pick), yes)),
    "withdraw": lambda u, member, pick: u.tell(member, c.WithdrawProposal(_number(u, pick))),
    "carry": _carry,
    "rotate": _rotate,
    "quote": _quote,
    "exchange": _exchange,
    "unquote": lambda u, bank, pick: u.tell(bank, WithdrawQuote(_picked(u.state.quotes, pick))),
    "pledge": _pledge,
    "defer": _defer,
    "release": _release,
    "default": _default,
    "blame": lambda u, member, party, cause: u.tell(member, DeclareDefault(party, cause)),
    "repay": lambda u, bank, number, currency, amount: u.tell(bank, RepayLoss(number, currency, amount)),
    "list": _list,
    "rules": _rules,
    "recheck": _recheck,
    "hold": _hold,
    "hold debt": _hold_debt,
    "hold record": _hold_record,
    "rescreen": _rescreen,
    "decide": _decide,
    "allow": _allow,
    "unscreened": _unscreened,
    "again": lambda u, pick: u.send(u.log[pick % len(u.log)][0]),
    "forged": _forged,
    "noise": lambda u, data: u.send(data),
}


NORMAL, HIGH, URGENT = q.Priority


def each_once() -> Iterator[Step]:
    """One day in which everything happens; what a broken rule is tried on."""
    a1, a2, b1, b2, c1, c2 = BANK_NAMES
    rtgs, mpns = c.Channel.RTGS, c.Channel.MPNS
    yield from (
        ("quote", c2, "MYR", "VND", 5, 36, (3, 7, 25), 60_000),
        ("quote", c2, "MYR", "VND", 1, 30, (1, 2, 0), 2),
        ("quote", b2, "MYR", "VND", 2, 90, (1, 3, 0), 60_000),
        ("exchange", a2, b2, "VND", "MYR", Side.SELL, 40, 1, None),
        ("exchange", a2, b2, "VND", "MYR", Side.BUY, 37, 200, None),
        ("unquote", b2, 0),
        ("quote", c2, "MYR", "VND", 2, 20, (1, 2, 0), 60_000),
        ("quote", b1, "VND", "MYR", 1, 30, (2, 1, 0), 60_000),
        ("quote", b2, "IDR", "VND", 1, 9, (3, 2, 100), 60_000),
        ("exchange", c2, c2, "MYR", "IDR", Side.BUY, 7, 90, None, "VND"),
        ("unquote", b2, 2),
        ("swing", "QM", "QN", 400),
        ("terms", "QM", "QN", 9_000),
        ("limit", "QM", a2, "IDR", 52),
        ("pay", a1, a2, "IDR", 150, rtgs, 0),
        ("pay", a1, a2, "IDR", 900, rtgs, 0),
        ("pay", a1, b2, "IDR", 100, rtgs, 0),
        ("pay", a1, c1, "IDR", 30, rtgs, 0),
        ("own", "cancel", 0),
        ("pay", b1, a1, "IDR", 500, mpns, 0),
        ("pay", b1, c1, "VND", 40, mpns, 0),
        ("pay", a1, c1, "MYR", 7, rtgs, 2),
        ("twice", a2, c1, 11),
        ("owe", 0, 2, "IDR", 300, 0, False),
        ("owe", 2, 4, "IDR", 300, 0, False),
        ("owe", 4, 0, "IDR", 250, 0, True),
        ("own", "accept", 0),
        ("own", "accept", 1),
        ("own", "accept", 2),
        ("fix", "QO", 5),
        ("fixed", 6),
        ("reserve", c1, "IDR", 60),
        ("call", "QO", 1),
        ("cycle",),
        ("settle",),
        ("certify", "QO", 1, False),
        ("certify", "QO", 1, True),
        ("certify", "QM", 1, True),
        ("certify", "QN", 1, True),
        ("settled",),
        ("issue", "QM", b1, "IDR", 701),
        ("issue", "QM", a1, "IDR", 101),
        ("issue", "QM", a1, "IDR", 801),
        ("cycle",),
        ("own", "return", 0),
        ("own", "return", 1),
        ("again", 50),
        ("declare", "QO", Phase.CUT_OFF, 0),
        ("pay", c1, b2, "IDR", 5_000, rtgs, 0),
        ("night",),
        ("night",),
        ("pay", b1, a1, "IDR", 900, mpns, 0),
        ("cycle",),
        ("night",),
        ("fixed", 7),
        ("night",),
        ("cycle",),
        ("owe", 6, 8, "IDR", 4_000, 0, False),
        ("owe", 8, 6, "VND", 30, 0, False),
        *(("ask", firm, currency, 0, None, [], True) for firm in (6, 8) for currency in ("IDR", "VND")),
        ("cycle",),
        ("bypass", a1, "MYR", True),
        ("cap", a1, "MYR", b1, 150),
        ("order", a1, b1, "MYR", 190, NORMAL, 0, 0, False),
        ("order", a1, a2, "MYR", 20, NORMAL, 0, 0, False),
        ("order", b1, a1, "MYR", 15, NORMAL, 0, 0, False),
        ("cap", a1, "MYR", b1, None),
        ("order", a1, b1, "MYR", 190, HIGH, 0, 0, False),
        ("order", b1, a1, "MYR", 300, NORMAL, 0, 0, False),
        ("order", a2, b2, "MYR", 1_000, NORMAL, 0, 0, True),
        ("amend", a2, 0, URGENT, 0),
        ("clock", 2 * SECOND),
        ("order", c1, c2, "MYR", 400, NORMAL, 0, 0, False),
        ("order", c2, b2, "MYR", 600, NORMAL, 0, 0, False),
        ("order", b2, c1, "MYR", 650, NORMAL, 0, 0, False),
        ("resolve", c1, "MYR"),
        ("order", c1, c2, "MYR", 5, NORMAL, SECOND, 9 * SECOND, False),
        ("order", c1, c2, "MYR", 9_000, NORMAL, 0, SECOND, False),
        ("clock", 2 * SECOND),
        ("resolve", "QO", "MYR"),
        ("cap", c2, "MYR", None, 50),
        ("order", c2, c1, "MYR", 3, NORMAL, 0, 0, False),
        ("swing", "QM", "QN", 90_000),
        ("pay", b1, a1, "IDR", 30_000, mpns, 0),
        ("pay", b1, a1, "IDR", 60_000, mpns, 0),
        ("cycle",),
        ("earmark", a2, a1, "MYR", 4, 0),
        ("finish", q.Action.POST, 0, 1),
        ("earmark", a1, a2, "MYR", 3, 0),
        ("finish", q.Action.VOID, 0, 0),
        ("earmark", a1, a2, "MYR", 2, SECOND),
        ("clock", 2 * SECOND),
        ("linked", a2, a1, b1, "MYR", (2, 1, 1)),
        ("linked", a2, a1, b1, "MYR", (2, 1, 10**9)),
        ("earmark", c1, c2, "MYR", 1, 0),
        *recorded_once(),
        *screened_once(),
    )


def screened_once() -> Iterator[Step]:
    """Lists come into force and change, items go on hold, and cases are decided in every way."""
    a1, a2, b1, b2, c1, c2 = BANK_NAMES
    rtgs = c.Channel.RTGS
    yield from (
        ("issue", "QM", a1, "IDR", 501),
        ("pay", b2, b1, "IDR", 70_000, rtgs, 0),
        ("earmark", c2, c1, "MYR", 1, 0),
        ("owe", 1, 3, "IDR", 5, 30, False),
        ("list", "QM", False, [0, 5], []),
        ("unscreened", a1, a2, 1),
        ("pay", a1, a2, "IDR", 2, rtgs, 0),
        ("hold", a1, a2, "IDR", 3, 0),
        ("hold", a1, a2, "IDR", 4, 0),
        *(("rescreen", bank, list(range(40))) for bank in (b2, c2)),
        ("rescreen", a1, []),
        ("hold debt", 1, 3, 9),
        ("hold record", 2, 0, 1, 0),
        ("hold record", 2, 0, 2, None),
        ("decide", 0, Verdict.HIT),
        ("decide", 0, Verdict.RETURN),
        *(("decide", pick, Verdict.CLEAR) for pick in range(8)),
        ("allow", a1, 0, 5),
        ("allow", a1, 0, -5),
        ("allow", a1, 0, 5),
        ("list", "QN", False, [4], [0]),
        ("list", "QO", False, [], [0]),
        ("list", "QN", True, [1, 2, 3], []),
        ("hold", a1, a2, "IDR", 5, 0),
        ("night",),
        ("night",),
        ("night",),
        *(("rescreen", bank, []) for bank in BANK_NAMES),
        *(("allow", b1, 0, days) for days in (5, -5)),
    )


def recorded_once() -> Iterator[Step]:
    """Trade records of each kind, and what is refused of them."""
    order, claim, credit_note, advice, bill = DocumentKind
    tubes, oil = [("730431", "DE"), ("8471300000", "QM")], [("270900", "KP")]
    yield from (
        ("record", 2, 0, order, 1, 0, tubes, "QN", True, None),
        ("record", 2, 0, claim, 1, 0, tubes, "QN", False, None),
        ("record", 2, 0, claim, 1, 0, tubes, "QN", True, None),
        ("record", 2, 0, claim, 1, 1, oil, "QN", True, None),
        ("record", 2, 0, claim, 2, 1, [], "", False, None),
        ("record", 2, 0, claim, 3, 2, [], "", False, None),
        ("record", 2, 0, advice, 1, 0, oil, "", False, None),
        ("record", 2, 0, advice, 1, 0, oil, "SG", False, None),
        ("record", 2, 0, bill, 1, 0, [("270900", "")], "SG", False, None),
        ("record", 2, 0, bill, 1, 0, oil, "SG", False, 0),
        *(("record", 2, 0, credit_note, 1, 0, oil, "SG", False, pick) for pick in range(30)),
    )


def ruled_once() -> Iterator[Step]:
    """Goods rules come and go, and stop, hold and flag records, also those that came before."""
    claim = DocumentKind.INVOICE
    a2 = BANK_NAMES[1]
    computers, oil, tubes = [("8471300000", "QM")], [("270900", "KP")], [("730431", "DE")]
    yield from (
        ("record", 2, 0, claim, 7, 2, oil, "QN", True, 0),
        ("rules", "QM", False, [0, 1, 2], []),
        ("rules", "QN", True, [3], []),
        ("record", 2, 0, claim, 8, 0, oil, "QN", True, 1),
        ("record", 2, 0, claim, 9, 1, computers, "QN", True, 2),
        ("record", 2, 0, claim, 10, 2, tubes, "QN", True, None),
        *(("recheck", author, pick) for author in ("QO", a2) for pick in range(12)),
        ("rules", "QM", False, [], [0]),
        ("rules", "QN", False, [], [0]),
    )


def asked_once() -> Iterator[Step]:
    """A cycle in which debts could be set off across currencies, and no fixing is in force."""
    yield from (
        *(("ask", firm, currency, 0, None, [], True) for firm in (6, 8) for currency in ("IDR", "VND")),
        ("owe", 6, 8, "IDR", 4_000, 25, False),
        ("owe", 8, 6, "VND", 30, 25, False),
        ("wait", 12),
        ("cycle",),
    )


def defaulted_once() -> Iterator[Step]:
    """A few days in which a bank with a drawn line defaults, and its loss is borne, deferred and paid back."""
    a1, _, b1, b2, c1, c2 = BANK_NAMES
    yield from (
        ("carry", "half of a pledge", "QM"),
        ("wait", 5),
        ("swing", "QM", "QN", 900),
        ("pledge", b1, False, "IDR", 30),
        ("pledge", b2, True, "IDR", 40),
        ("pledge", c1, True, "IDR", 101),
        ("pledge", "QM", False, "IDR", 50),
        ("pledge", c2, False, "IDR", 20),
        ("release", c2, False, "IDR", 5),
        ("pay", b1, a1, "IDR", 700, c.Channel.MPNS, 0),
        ("cycle",),
        ("owe", 4, 0, "IDR", 60, 0, False),
        ("owe", 0, 4, "IDR", 30, 0, False),
        ("pay", a1, b1, "IDR", 5, c.Channel.MPNS, 0),
        ("pay", b1, c1, "IDR", 5_000, c.Channel.RTGS, 0),
        ("call", "QM", 2),
        ("default", b1, Cause.INSOLVENT),
        ("call", "QN", 2),
        ("release", "QO", True, "IDR", 5),
        ("pay", b1, c1, "IDR", 5, c.Channel.RTGS, 0),
        ("defer", 3),
        ("night",),
        ("repay", c2, 1, "IDR", 10),
        ("pledge", "QM", False, "IDR", 70),
        ("night",),
        ("night",),
        ("issue", "QM", b1, "IDR", 301),
        ("night",),
        ("issue", "QM", b1, "IDR", 401),
        ("night",),
        ("carry", "end default", "QM"),
        ("wait", 5),
        ("pay", b1, c1, "IDR", 5, c.Channel.RTGS, 0),
    )


def governed_once() -> Iterator[Step]:
    """Weeks without payments in which the rules change in every way, and a member comes and goes."""
    yield from (
        ("carry", "admit", "QM"),
        ("propose", "QO", "voting days", "QM"),
        ("carry", "holiday", "QM"),
        ("rotate", "QM", "BK01QMA1XXX", Role.SUBMIT),
        ("rotate", "QN", "QN", Role.VALIDATE),
        ("wait", 5),
        ("admit", "QP", 1),
        ("issue", "QP", "NEW1QPA1XXX", "THB", 50),
        ("propose", "QO", "horizon", "QM"),
        ("withdraw", "QO", 5),
        ("carry", "halt", "QM"),
        ("reserve", "BK01QNA1XXX", "MYR", 5),
        ("carry", "resume", "QM"),
        ("carry", "suspend", "QO"),
        ("carry", "suspend", "QO"),
        ("wait", 5),
        ("issue", "QO", "BK01QNA1XXX", "MYR", 5),
        ("carry", "readmit", "QO"),
        ("wait", 40),
        ("carry", "protocol", "QM"),
        ("carry", "list", "QM"),
        ("carry", "leave", "QP"),
        ("wait", 5),
        ("wait", 5),
        ("wait", 1),
    )
