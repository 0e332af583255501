"""What must always hold, each as a property over random days; and canaries: each broken rule must be noticed."""

import functools
import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import (
    amendment,
    apply,
    authorisation,
    collateral,
    credit,
    day,
    exchange,
    governance,
    invariant,
    leaving,
    ledger,
    listing,
    loss,
    netting,
    obligation,
    payment,
    queue,
    release,
    resolution,
    setoff,
    settlement,
    standing,
    trade,
)
from mufakat.core import dump as dumping
from mufakat.core.accounts import (
    Account,
    collateral_account,
    issue_account,
    settlement_account,
    swing_account,
)
from mufakat.core.agreement import Interest, Position
from mufakat.core.amendment import owner_of
from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.binding import member_of
from mufakat.core.commitment import Table
from mufakat.core.document import TradeRecord
from mufakat.core.dump import dump, load
from mufakat.core.estate import Bearer
from mufakat.core.invariant import violations
from mufakat.core.law import Ballot, Seat, proposal_key
from mufakat.core.lines import Limit, Line, Terms
from mufakat.core.quote import QuoteStatus
from mufakat.core.standing import seated
from mufakat.core.state import Advance, ObligationStatus, PaymentStatus, State
from mufakat.core.terms import NO_TERMS, FirmTerms, offered
from mufakat.model import command as c
from mufakat.model import default as d
from mufakat.model import event as e
from mufakat.model import proposal as p
from mufakat.model import queueing as q
from mufakat.model import ruling as r
from mufakat.model import setoff as asked
from mufakat.model import swing as s
from mufakat.model.calendar import Phase
from mufakat.model.case import CaseDecided
from mufakat.model.charter import Standing
from mufakat.model.country import COUNTRIES
from mufakat.model.dealing import ExchangeSettled, QuoteExpired, QuoteOffered, QuoteWithdrawn, SubmitExchange
from mufakat.model.default import RepayLoss
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.record import orders_of
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.signing import public_key
from mufakat.model.trade import DocumentKind, TradeRecordRegistered
from tests.core.checked import Ledger
from tests.naive import has_cycle, net_positions
from tests.strategies import (
    Step,
    Watched,
    carrying,
    debts,
    defaulted_once,
    defaulting,
    each_once,
    governed_once,
    governing,
    large,
    money,
    play,
    recorded,
    recorded_once,
    say,
    screening,
    steps,
    world,
)
from tests.union import A1, A2, B1, B2, C2, MEMBERS, MONDAY, lei, private
from tests.union import BANKS as BANKS_BY_MEMBER
from tests.union import uetr as unique

Property = Callable[[Watched, list[Step]], None]
FINAL = (
    *(PaymentStatus.SETTLED, PaymentStatus.RETURNED, PaymentStatus.REJECTED, PaymentStatus.CANCELLED),
    PaymentStatus.VOIDED,
)


one_step = steps(most=1).map(lambda of: (of or [("cycle",)])[0])


def watched(union: Watched, watch: Callable[[Watched], Iterator[None]], of: list[Step]) -> None:
    """Play steps while `watch` runs around each command."""
    union.watch = contextmanager(watch)
    play(union, of)


HOLD = ("settlement/", "reserve/", "fund/", "blocked/")


def held_sums(state: State, currency: str) -> int:
    accounts = state.accounts.records()
    return sum(a.balance for a in accounts if a.currency == currency and a.id.startswith(HOLD))


def issued_by(event: e.AnyEvent, currency: str) -> int:
    match event:
        case e.MoneyIssued() if event.currency == currency:
            return event.amount
        case e.MoneyRedeemed() if event.currency == currency:
            return -event.amount
        case s.SwingCharged() if event.currency == currency:
            return event.amount
        case s.SwingSettled():
            return sum(
                (line.issued if line.own == currency else 0)
                + (line.set_off[1] + line.paid[1] - line.held[0] if line.currency == currency else 0)
                for line in event.lines
            )
    return 0


def covered_by(event: e.AnyEvent, currency: str) -> int:
    """How much more participants owe to their sponsors' own money by an event."""
    match event:
        case e.SwingDrawn() | e.SwingRepaid() if event.swing.startswith("reserve/"):
            sign = 1 if isinstance(event, e.SwingDrawn) else -1
            return sign * event.amount if event.swing.endswith(f"/{currency}") else 0
        case s.SwingSettled():
            return sum(
                line.held[1] + line.set_off[1] + line.paid[1]
                for line in event.lines
                if line.currency == currency
            )
    return 0


def pledged_sums(state: State, currency: str) -> int:
    accounts = state.accounts.records()
    return sum(a.balance for a in accounts if a.currency == currency and a.id.startswith("collateral/"))


def issued_to_pledges(events, issue: str) -> int:
    issued = sum(x.amount for x in events if isinstance(x, d.CollateralPledged) and x.source == issue)
    return issued - sum(x.amount for x in events if isinstance(x, d.CollateralReleased) and x.target == issue)


def debits_equal_credits_and_what_is_issued_or_lent_is_held(union, of):
    def watch(union):
        yield
        state = union.state
        assert violations(state) == []
        for currency, _ in MEMBERS.values():
            issued = sum(issued_by(event, currency) for event in union.events)
            issued += issued_to_pledges(union.events, issue_account(currency))
            lent = sum(
                -a.balance
                for a in state.accounts.records()
                if a.id.startswith("swing/") and a.currency == currency
            )
            assert issued == -state.accounts[issue_account(currency)].balance
            assert issued + lent == held_sums(state, currency) + pledged_sums(state, currency)
            advanced = sum(a.amount for a in state.advances.records() if a.swing.endswith(f"/{currency}"))
            assert advanced == lent
            own = sum(a.own for a in state.advances.records() if a.swing.endswith(f"/{currency}"))
            assert own == sum(covered_by(event, currency) for event in union.events)

    watched(union, watch, of)


def no_account_crosses_its_limit_no_reservation_stays_and_nothing_overflows(union, of):
    def watch(union):
        halted = union.state.halted
        yield
        assert union.state.positions == {}
        for account in union.state.accounts.records():
            assert abs(account.balance) <= MAX_AMOUNT
            assert 0 <= account.limit <= MAX_AMOUNT
            assert account.pending == 0
            if not account.id.startswith("issue/"):
                assert account.balance >= -account.limit
                assert min(account.reserved, account.offered) >= 0
                assert account.reserved + account.offered <= max(0, account.balance + account.limit)
        assert len(union.state.root()) == 32
        now_us = union.state.now_us
        for name in () if halted else union.state.offers.open():
            assert union.state.quotes[name].valid_until_us >= now_us

    watched(union, watch, of)


def taken_out(state: State) -> set[str]:
    """The banks whose items are out of the cycles: in default, or of a member in default."""
    parties = {each.party for each in state.defaults.records() if not each.ended}
    banks = state.participants.records() if state.charter.rules.default.unwind else ()
    return {bank.bic for bank in banks if {bank.bic, bank.sponsor} & parties}


def set_off_keeps_net_positions_adds_no_debt_and_leaves_no_cycle(union, of):
    def watch(union):
        before = dict(union.state.obligations.items())
        terms = dict(union.state.terms.items())
        horizon = union.state.charter.rules.set_off_horizon_days
        first, last_day = len(union.events), union.state.day.date.toordinal() + horizon
        stopped = taken_out(union.state)
        yield
        events = union.events[first:]
        if not any(isinstance(event, e.CycleSettled) for event in events):
            return
        cleared = {
            (event.currency, key): amount
            for event in events
            if isinstance(event, e.ObligationsSetOff)
            for key, amount in event.cleared
        }
        first_cleared = {key: amount for (_, key), amount in cleared.items()}
        for currency, _ in MEMBERS.values():
            owed, left, free = [], [], []
            for key, each in before.items():
                item = each.item
                amount = cleared.pop((currency, key), 0)
                takes_part = each.status is ObligationStatus.ACCEPTED and item.due.toordinal() <= last_day
                takes_part = takes_part and not {each.debtor_agent, each.creditor_agent} & stopped
                if item.currency == currency and takes_part:
                    owed.append((item.debtor, item.creditor, each.open))
                    left.append((item.debtor, item.creditor, each.open - amount))
                    assert 0 <= amount <= offered(item, each.open, terms)
                    assert not item.indivisible or amount in {0, item.amount}
                    if not item.indivisible and not asks(terms, item):
                        free.append(left[-1])
            assert net_positions(owed) == net_positions(left)
            assert not has_cycle(free)
            for firm, amount in paid(before, first_cleared, currency).items():
                most = terms.get(f"{firm}/{currency}", NO_TERMS).most
                assert most is None or amount <= most
        assert cleared == {}
        for event in events:
            if isinstance(event, asked.ObligationsAcrossSetOff):
                refuse_gain_across(before, first_cleared, terms, event)

    watched(union, watch, of)


def asks(terms, item):
    return any(f"{firm}/{item.currency}" in terms for firm in (item.debtor, item.creditor))


def paid(before, cleared, currency, side="debtor"):
    """What is cleared of each firm's debts, or of its claims, in one currency."""
    sums: dict[str, int] = {}
    for key, amount in cleared.items():
        item = before[key].item
        if item.currency == currency:
            sums[getattr(item, side)] = sums.get(getattr(item, side), 0) + amount
    return sums


def refuse_gain_across(before, cleared, terms, event):
    """Across currencies each firm asked for it, keeps its limit, and gains or loses less than its dearest unit."""
    prices, gained = dict(event.prices), {}
    for key, amount in event.cleared:
        item = before[key].item
        assert 0 < amount <= offered(item, before[key].open, terms) - cleared.get(key, 0)
        assert not item.indivisible
        for firm, sign in ((item.debtor, 1), (item.creditor, -1)):
            assert terms[f"{firm}/{item.currency}"].across
            gained[firm] = gained.get(firm, 0) + sign * amount * prices[item.currency]
    assert sum(gained.values()) == 0
    for side, currency in itertools.product(("debtor", "creditor"), prices):
        now = paid(before, dict(event.cleared), currency, side)
        earlier = paid(before, cleared, currency, side)
        for firm, amount in now.items():
            most = terms[f"{firm}/{currency}"].most
            assert most is None or amount + earlier.get(firm, 0) <= most
    assert all(abs(points) < max(prices.values()) for points in gained.values())


def each_payment_ends_once_and_a_repeated_identifier_changes_nothing(union, of):
    def watch(union):
        before, exchanged = union.payments, dict(union.state.exchanges.items())
        yield
        assert exchanged.items() <= dict(union.state.exchanges.items()).items()
        assert not union.payments.keys() & exchanged.keys()
        for key, was in before.items():
            now = union.payments[key]
            if was.status in FINAL and now.status is not was.status:
                assert now.status is PaymentStatus.RETURNED
                assert was.status is PaymentStatus.SETTLED or was.paid
            assert (now.order, now.arrival) == (was.order, was.arrival)

    watched(union, watch, of)
    close_the_day(union)
    charter, today = union.state.charter, union.state.day.date
    for each in union.payments.values():
        later = each.order.value_date > today or not charter.settles(each.order.currency, today)
        assert each.status in (*FINAL, PaymentStatus.HELD, PaymentStatus.FROZEN) or later
    union.now_us += 60_000_000
    union.tell("QM", c.WithdrawProposal(999))  # quotes whose time is over end with the next command
    roots = union.payments, union.state.register.root(), union.state.accounts.root()
    for data, _ in list(union.log):
        said = c.decode(data)
        if said is not None and not was_admitted(union.state, said):
            continue  # it left no trace, such as what was said to a halted union: sent again, it is new
        union.send(data)
        body = said.instruction.body if said is not None else None
        if isinstance(body, SubmitExchange) and body.uetr in union.state.exchanges:
            union.tell(said.instruction.author, body)
        if not isinstance(body, c.SubmitPayments):
            continue
        if all(order.uetr in union.payments for order in orders_of(body)):
            union.tell(said.instruction.author, body)
    assert roots == (union.payments, union.state.register.root(), union.state.accounts.root())


def was_admitted(state: State, said: c.SignedCommand) -> bool:
    key = state.keys.get(said.instruction.key.hex())
    return key is not None and said.instruction.sequence <= key.sequence


def close_the_day(union):
    if union.state.halted:
        say(union, ("carry", "resume", "QM"))
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        for member in union.quorum():
            union.tell(member, c.DeclarePhase(union.state.day.date, phase))
    assert union.state.day.phase is Phase.CLOSED


def replay_from_genesis_a_snapshot_or_the_events_gives_the_same_root(union, of):
    roots = []

    def watch(union):
        yield
        roots.append(union.state.root())

    start = len(union.log)
    watched(union, watch, of)
    fresh = apply.found(union.genesis)
    assert isinstance(fresh, State)
    copies = []
    for number, (data, at_us) in enumerate(union.log):
        apply.execute(fresh, data, at_us)
        for copied in copies:
            apply.execute(copied, data, at_us)
        if number >= start and number % 4 == 0:
            copies.append(load(dump(fresh)))
            copies = copies[-2:]
        if number >= start:
            assert fresh.root() == roots[number - start]
            assert all(copied.root() == fresh.root() for copied in copies)
    folded = apply.found(union.genesis)
    for event in union.events:
        apply.evolve(folded, event)
    for other in (fresh, folded, *copies):
        assert other.root() == union.state.root()
        assert dump(other) == dump(union.state)


def who_acts_alone_changes_nothing_but_its_own(union, of):
    def watch(union):
        before = {name: dict(table.items()) for name, _, table in union.state.tables()}
        before["payments"] = union.payments
        before_it = moved_by_quorum(union)
        sent, first = len(union.log), len(union.events)
        yield
        said = c.decode(union.log[sent][0])
        changed: dict[str, list[tuple[object, object]]] = {}
        after = {name: dict(table.items()) for name, _, table in union.state.tables()}
        after["payments"] = union.payments
        for name, records in after.items():
            old = before[name]
            changed[name] = [
                (old.get(key), record) for key, record in records.items() if old.get(key) != record
            ]
        if said is None:
            assert not any(changed.values())
            return
        author = said.instruction.author
        refuse_rules_made_alone(union.state, author, union.events[first:])
        for kind, was in before_it.items():
            if was != moved_by_quorum(union)[kind]:
                if len(seated(union.state)) > 1:
                    what = union.state.declarations[f"{author}/{kind}"].what
                    said_so = sum(each.what == what for each in union.state.declarations.records())
                    assert said_so >= 2, "a quorum is more than the author"
                return
        events = union.events[first:]
        if any(came_by_time(event) for event in events):
            changed |= {name: [] for name in ("payments", "accounts", "queue_terms", "resolutions")}
        if any(isinstance(event, d.DefaultDeclared) for event in events):
            what = union.state.declarations[f"{author}/default"].what
            assert sum(each.what == what for each in union.state.declarations.records()) >= 2
            return
        governs = isinstance(said.instruction.body, c.GOVERNING)
        if governs:
            refuse_governing_of_others(union.state, author, said.instruction.body, changed)
        else:
            refuse_change_of_others(union.state, author, said.instruction.body, changed, events)

    watched(union, watch, of)


def came_by_time(event):
    """Whether a payment's own earliest or latest time, which its bank set before, brought an event about."""
    late = isinstance(event, e.PaymentRejected) and event.reason is Reason.LATEST_TIME_PASSED
    return (late or isinstance(event, e.PaymentQueued)) and event.order is None


def moved_by_quorum(union: Watched) -> dict[str, object]:
    """What moves when a quorum has declared it, by the kind of declaration."""
    settled = sum(isinstance(event, s.SwingSettled) for event in union.events)
    return {"phase": union.state.day, "cycle": union.state.cycle, "swing": settled}


def refuse_rules_made_alone(state: State, author, events):
    """A rule changes by the author's own affair, or with the vote of another member."""
    passed = {event.proposal: event for event in events if isinstance(event, r.ProposalPassed)}
    for number, event in passed.items():
        proposal = state.proposals[proposal_key(number)]
        others = [member for member, _ in event.votes if member != author]
        own = p.class_of(proposal.change) is p.RuleClass.OWN
        assert (owner_of(state, proposal.change) == author) if own else others
    for event in events:
        if isinstance(event, r.ChangeEnacted):
            assert len(state.laws[event.law].votes) >= state.laws[event.law].needed
        elif isinstance(event, r.MemberLeft):
            assert state.day.phase is Phase.CLOSED


def refuse_governing_of_others(state: State, author, body, changed):
    tables = {"keys", "standings", "proposals", "ballots", "laws", "defaults"}
    if changed["quotes"]:
        tables |= {"quotes", "accounts", "payments", "queue_terms"}
    assert all(new.status is QuoteStatus.EXPIRED for _, new in changed["quotes"])
    assert all(not rows for name, rows in changed.items() if name not in tables)
    assert all(member_of(state, new.owner) == author for _, new in changed["keys"])
    assert all(new.member == author for _, new in changed["standings"])
    assert all(new.member == author for _, new in changed["ballots"])
    assert len(changed["proposals"]) <= 1


def refuse_debts_of_others(author, changed, events):
    held = own_holds(author, changed["cases"], events)
    for old, new in changed["obligations"]:
        if new.item.id in held or (old is not None and msgspec.structs.replace(old, proved=True) == new):
            assert author in {new.debtor_agent, new.creditor_agent}
            continue
        assert author == new.debtor_agent or (old is None and author == new.creditor_agent)
        assert new.status is not ObligationStatus.ACCEPTED or author == new.debtor_agent


def refuse_lists_of_others(author, listed):
    """What goes from the union's list goes by two members' word."""
    for old, new in listed:
        assert author in new.said or new.leaving == author or new.gone
        if old is not None and new.gone and not old.gone:
            assert old.leaving not in {None, author} or (new.list != "un" and new.list[:2] == author)


def own_holds(author, cases, events):
    """The obligations that the author put on hold or decided on; a case is its own, a decision two parties'."""
    assert all(new.participant == author for _, new in cases)
    for event in events:
        if isinstance(event, CaseDecided):
            assert event.member != author
    return {name for _, new in cases for name, _ in new.obligations}


def blocked_by(cases):
    """What cases block more, or less, than before: (debit, credit, amount)."""
    for old, new in cases:
        more = new.blocked - (old.blocked if old is not None else 0)
        settlement, blocked = (
            f"{kind}/{new.participant}/{new.currency}" for kind in ("settlement", "blocked")
        )
        yield settlement, blocked, more


def own_transfers(state: State, author, events):
    """What the author pledged, took back or repaid: from an account of its own, (debit, credit, amount)."""
    for event in events:
        match event:
            case d.CollateralPledged():
                debit, credit = event.source, event.account
                holder = state.accounts[event.account].owner
                assert holder in {author, member_of(state, author)}
            case d.CollateralReleased():
                debit, credit = event.account, event.target
            case d.LossRecovered():
                debit, credit = event.source, event.target
            case _:
                continue
        assert state.accounts[debit].owner == author
        yield debit, credit, event.amount


def refuse_change_of_others(state: State, author, body, changed, events):
    charter = state.charter
    assert not any(changed[name] for name in ("standings", "proposals", "ballots"))
    assert all(new.name == "protocol" for _, new in changed["laws"])
    own_currency = charter.member(author).currency if charter.member(author) else None
    assert all(new.owner in {author, getattr(body, "bic", None)} for _, new in changed["keys"])
    assert all(new.sponsor == author for _, new in changed["participants"])
    assert all(new.agent == author for _, new in changed["firms"])
    assert all(state.firms[new.firm].agent == author for _, new in changed["terms"])
    assert all(new.member == author for _, new in changed["declarations"])
    recovers = isinstance(body, RepayLoss)
    assert recovers or not (changed["advances"] or changed["bearers"])
    assert all(new.amount < old.amount for old, new in changed["advances"])
    assert all(new.recovered > old.recovered for old, new in changed["bearers"])
    assert not (changed["defaults"] or changed["arrears"] or changed["interest"])
    assert all(new.line.endswith(f"/{own_currency}") for _, new in changed["swing_terms"])
    assert all(new.member == author for _, new in changed["submissions"])
    if changed["fixings"]:
        dated = [each for each in state.submissions.records() if each.date == state.day.date]
        assert len(dated) >= min(2, len(seated(state))), "a quorum is more than the author"
    refuse_debts_of_others(author, changed, events)
    refuse_lists_of_others(author, changed["listed"])
    recorded = {event.item.id: event for event in events if isinstance(event, TradeRecordRegistered)}
    for old, new in changed["trade_records"]:
        said = recorded[new.id]
        assert old is None and author in {said.seller_agent, said.buyer_agent}
    for old, new in changed["attestations"]:
        assert old is not None and new.signers == (*old.signers, author), "a member signs for itself alone"
        assert (old.cycle, old.root, old.leaves) == (new.cycle, new.root, new.leaves)
    moved = moved_by_exchanges(author, changed["exchanges"])
    offered = offered_more(state, author, body, changed["quotes"])
    for payer, payee, amount in (*own_transfers(state, author, events), *blocked_by(changed["cases"])):
        moved[payer] = moved.get(payer, 0) - amount
        moved[payee] = moved.get(payee, 0) + amount
    for old, new in changed["payments"]:
        payer = settlement_account(new.order.debtor_agent, new.order.currency)
        payee = settlement_account(new.order.creditor_agent, new.order.currency)
        amount = moved_by_payment({author, *getattr(body, "signers", ())}, old, new)
        moved[payer] = moved.get(payer, 0) - amount
        moved[payee] = moved.get(payee, 0) + amount
    for old, new in changed["queue_terms"]:
        set_before = old is not None and (old.bypass, [each.most for each in old.limits])
        assert (new.bypass, [each.most for each in new.limits]) == set_before or author in new.account
    for before, new in changed["accounts"]:
        if new.currency == own_currency:
            continue
        pledged = new.id.startswith(("collateral/", "blocked/"))
        old = Account(new.id, new.owner, new.currency) if before is None and pledged else before
        assert old is not None, "only the issuer opens accounts"
        assert (old.limit, old.closed) == (new.limit, new.closed)
        assert old.reserved == new.reserved or new.owner == author
        assert new.offered - old.offered == offered.get(new.id, 0)
        assert new.balance - old.balance == moved.get(new.id, 0)


def moved_by_payment(speakers, old, new) -> int:
    """What a payment that changed moved, and whether who signed the command had a part in it."""
    order, paid = new.order, old.paid if old is not None else 0
    if new.status is PaymentStatus.SETTLED:
        waited = (PaymentStatus.QUEUED, PaymentStatus.HELD, PaymentStatus.FROZEN)
        assert old is None or old.status in waited, "its own order, waiting for funds or a decision"
        assert old is not None or order.debtor_agent in speakers
        return order.amount - paid
    if new.status is PaymentStatus.RETURNED:
        assert order.creditor_agent in speakers
        return -(order.amount if old.status is PaymentStatus.SETTLED else paid)
    if old is not None and new.paid > paid:
        assert new.status is old.status is PaymentStatus.QUEUED
    else:
        assert order.debtor_agent in speakers
    return new.paid - paid


def moved_by_exchanges(author, exchanges) -> dict[str, int]:
    """What the author's exchanges move on each account."""
    moved: dict[str, int] = {}
    for old, new in exchanges:
        assert old is None
        assert new.payer == author
        between = new.via or new.buys
        steps = [(each, new.sells, between) for each in new.fills]
        steps += [(each, between, new.buys) for each in new.onward]
        ends = [(new.payer, new.sells, -sum(each.paid for each in new.fills))]
        ends += [(new.creditor_agent, new.buys, sum(each.arrived for each in new.onward or new.fills))]
        ends += [(each.quoter, sold, each.paid) for each, sold, _ in steps]
        ends += [(each.quoter, bought, -each.arrived) for each, _, bought in steps]
        for bank, currency, amount in ends:
            account = settlement_account(bank, currency)
            moved[account] = moved.get(account, 0) + amount
    return moved


def offered_more(state: State, author, body, quotes) -> dict[str, int]:
    """What quotes that changed promise more than before on each account: by quoter, taker, or time alone."""
    more: dict[str, int] = {}
    for old, new in quotes:
        is_open = new.status is QuoteStatus.OPEN
        if old is None or new.status is QuoteStatus.WITHDRAWN:
            assert new.offer.quoter == author
        elif new.status is QuoteStatus.EXPIRED:
            assert new.valid_until_us < state.now_us
        else:
            assert isinstance(body, SubmitExchange)
        account = settlement_account(new.offer.quoter, new.sells)
        change = (new.offer.left if is_open else 0) - (old.offer.left if old is not None else 0)
        more[account] = more.get(account, 0) + change
    return more


def rules_change_by_enough_votes_after_their_notice_and_who_is_out_changes_nothing(union, of):
    def watch(union):
        state = union.state
        stood = {seat.member: seat.standing for seat in state.standings.records()}
        rules, halted, height, adoption = state.charter.rules, state.halted, state.height, state.adoption
        root, proposals = state.root(), dict(state.proposals.items())
        sent, first = len(union.log), len(union.events)
        yield
        events, said = union.events[first:], c.decode(union.log[sent][0])
        if said is None:
            return
        body, speaker = said.instruction.body, member_of(state, said.instruction.author)
        if stood.get(speaker) in OUT or (halted and not isinstance(body, c.GOVERNING)):
            assert state.root() == root
        for event in events:
            match event:
                case r.ProposalPassed() if isinstance(body, c.GOVERNING):
                    assert_enough(state, event, rules.governance, stood)
                case r.ChangeEnacted():
                    record = state.proposals[proposal_key(event.proposal)]
                    at_once = p.is_at_once(record.change)
                    assert at_once or proposals[proposal_key(event.proposal)].effect <= event.date
                case r.ProtocolAdopted():
                    assert (adoption.version, adoption.height <= height) == (event.version, True)
                case _:
                    pass

    watched(union, watch, of)
    passed = [event for event in union.events if isinstance(event, r.ProposalPassed)]
    for event in passed:
        change = union.state.proposals[proposal_key(event.proposal)].change
        assert p.is_at_once(change) or (event.effect - event.date).days in {1, 5}


OUT = (Standing.SUSPENDED, Standing.LEFT)
SEATED = (Standing.ACTIVE, Standing.LEAVING)


def assert_enough(state: State, event, governance, stood):
    """Count anew: exact fractions of those that had a seat before the vote was cast."""
    change = state.proposals[proposal_key(event.proposal)].change
    about = getattr(change, "member", None) if isinstance(change, STANDINGS) else None
    about = change.party if isinstance(change, p.DeferLoss | p.EndDefault) else about
    entitled = [member for member, standing in stood.items() if standing in SEATED and member != about]
    voters = [member for member, _ in event.votes]
    assert len(set(voters)) == len(voters)
    assert set(voters) <= set(entitled)
    share = Fraction(len(voters), len(entitled))
    match p.class_of(change):
        case p.RuleClass.OWN:
            assert voters == [owner_of(state, change)]
            return
        case p.RuleClass.ORDINARY:
            assert share > Fraction(*governance.ordinary)
        case p.RuleClass.CONSTITUTIONAL:
            assert share > Fraction(*governance.constitutional)
        case p.RuleClass.UNANIMITY:
            assert share == 1
            assert Standing.SUSPENDED not in stood.values()
    assert len(voters) > 1


STANDINGS = (p.SuspendMember, p.ReadmitMember, p.ReleaseMember)


def queues_are_first_in_first_out_and_move_when_funds_suffice(union, of):
    def watch(union):
        queued = {uetr for line in union.state.queues.values() for uetr in line}
        old = union.payments
        yield
        state = union.state
        for account, line in state.queues.items():
            waiting = [state.payments[uetr] for uetr in line]
            assert [place_in_line(each) for each in waiting] == sorted(
                place_in_line(each) for each in waiting
            )
            passing = account in state.queue_terms and state.queue_terms[account].bypass
            for each in waiting[: None if passing else 1]:
                first = each.priority is waiting[0].priority
                assert not first or each.rest > free(state, account, each)
            stayed = [place_in_line(each) for each in waiting if each.order.uetr in queued]
            for uetr, now in union.payments.items():
                was = old.get(uetr)
                payer = settlement_account(now.order.debtor_agent, now.order.currency)
                settled = now.status is PaymentStatus.SETTLED and (
                    was is None or was.status is not now.status
                )
                place = place_in_line(state.payments.get(uetr), now)
                if settled and payer == account:
                    assert not any(each[0] < place[0] if passing else each < place for each in stayed)

    watched(union, watch, of)


def each_document_is_recorded_once_with_all_that_its_goods_are(union, of):
    def watch(union):
        before, first = len(union.state.trade_records), len(union.events)
        known = set(dict(union.state.trade_records.items())) | set(dict(union.state.obligations.items()))
        yield
        state = union.state
        made = [event for event in union.events[first:] if isinstance(event, TradeRecordRegistered)]
        assert len(state.trade_records) == before + len(made)
        for event in made:
            item, content = event.item, hashlib.sha256(msgspec.msgpack.encode(event)).digest()
            kept = state.trade_records[f"{item.seller}/{item.kind.name.lower()}/{item.number}"]
            assert (kept.document, kept.content) == (item.document, content)
            agents = [state.firms[firm].agent for firm in (item.seller, item.buyer)]
            assert [event.seller_agent, event.buyer_agent] == agents
            assert known >= {*item.obligations, *item.refers_to}
            assert (
                item.services
                or item.goods
                or item.kind not in {DocumentKind.INVOICE, DocumentKind.BILL_OF_LADING}
            )
            assert not (item.services and item.goods)
            if item.goods:
                countries = [item.dispatch, item.destination, *(line.origin for line in item.goods)]
                assert all(code in COUNTRIES or code in {*MEMBERS, "QP", "XK"} for code in countries)
                assert all(6 <= len(line.hs_code) <= 10 and line.hs_code.isdigit() for line in item.goods)

    watched(union, watch, of)


def place_in_line(payment, on_entry=None):
    """What orders payments of one account: priority, then place; one that settled on entry would be the last."""
    if payment is None:
        return (-on_entry.order.priority, MAX_AMOUNT)
    return (-payment.priority, payment.place)


def free(state, account, payment):
    """What may settle of a payment by funds and limits, put together anew."""
    funds, other = state.accounts[account].available, payment.order.creditor_agent
    if payment.priority is not q.Priority.NORMAL or account not in state.queue_terms:
        return funds
    terms = state.queue_terms[account]
    own = [each for each in terms.limits if each.counterparty == other]
    binding = own or [each for each in terms.limits if each.counterparty is None]
    used = [each.most - (each.used if terms.date == state.day.date else 0) for each in binding]
    return min([funds, *used])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps())
def test_debits_equal_credits_and_issued_and_lent_money_is_held(of):
    debits_equal_credits_and_what_is_issued_or_lent_is_held(world(), of)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps())
def test_no_account_crosses_its_limit_and_no_reservation_outlives_its_payment(of):
    no_account_crosses_its_limit_no_reservation_stays_and_nothing_overflows(world(), of)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps(large))
def test_amounts_near_the_largest_overflow_nothing(of):
    union = world(200, MAX_AMOUNT)
    no_account_crosses_its_limit_no_reservation_stays_and_nothing_overflows(union, of)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(debts, steps(most=6), debts)
def test_set_off_leaves_net_positions_adds_no_debt_and_leaves_no_cycle(first, between, then):
    of = [*first, ("cycle",), *between, *then, ("cycle",)]
    set_off_keeps_net_positions_adds_no_debt_and_leaves_no_cycle(world(), of)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps())
def test_each_payment_ends_once_and_a_repeated_identifier_changes_nothing(of):
    each_payment_ends_once_and_a_repeated_identifier_changes_nothing(world(), of)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_replay_from_genesis_a_snapshot_or_the_events_alone_gives_the_same_root(of):
    replay_from_genesis_a_snapshot_or_the_events_gives_the_same_root(world(), of)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps())
def test_a_member_or_participant_acting_alone_changes_nothing_but_its_own(of):
    who_acts_alone_changes_nothing_but_its_own(world(), of)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps())
def test_queues_are_first_in_first_out_and_move_when_funds_suffice(of):
    queues_are_first_in_first_out_and_move_when_funds_suffice(world(), of)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.one_of(governing, carrying, carrying, carrying, money), max_size=25))
def test_rules_change_by_enough_votes_after_their_notice_and_who_is_out_changes_nothing(of):
    rules_change_by_enough_votes_after_their_notice_and_who_is_out_changes_nothing(world(), of)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.one_of(recorded, recorded, one_step), max_size=30))
def test_each_document_is_recorded_once_with_all_that_its_goods_are(of):
    each_document_is_recorded_once_with_all_that_its_goods_are(world(), of)


def nothing_moves_for_whom_nobody_has_screened(union, of):
    """No path leads round the lists: a reader of the log finds a valid verdict for all that moved."""
    ledger, heard = Ledger(), []
    read = len(union.events)

    def watch(union):
        first, sent = len(union.events), len(union.log)
        yield
        heard.append((c.decode(union.log[sent][0]), tuple(union.events[first:])))

    assert ledger.read(None, tuple(union.events[:read])) == []
    watched(union, watch, of)
    for said, events in heard:
        assert ledger.read(said, events) == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(screening, screening, steps(most=1).map(lambda of: (of or [("cycle",)])[0])), max_size=30
    )
)
def test_nothing_moves_for_whom_nobody_has_screened(of):
    nothing_moves_for_whom_nobody_has_screened(world(), [("list", "QM", False, [0], []), *of])


PROPERTIES: tuple[Property, ...] = (
    debits_equal_credits_and_what_is_issued_or_lent_is_held,
    no_account_crosses_its_limit_no_reservation_stays_and_nothing_overflows,
    set_off_keeps_net_positions_adds_no_debt_and_leaves_no_cycle,
    each_payment_ends_once_and_a_repeated_identifier_changes_nothing,
    replay_from_genesis_a_snapshot_or_the_events_gives_the_same_root,
    who_acts_alone_changes_nothing_but_its_own,
    queues_are_first_in_first_out_and_move_when_funds_suffice,
    rules_change_by_enough_votes_after_their_notice_and_who_is_out_changes_nothing,
    each_document_is_recorded_once_with_all_that_its_goods_are,
    nothing_moves_for_whom_nobody_has_screened,
)
MONEY, LIMITS, SET_OFF, ONCE, REPLAY, ALONE, QUEUES, RULES, RECORDS, CHECKED = PROPERTIES


@pytest.mark.parametrize("holds", PROPERTIES)
def test_every_property_holds_while_the_rules_change_in_every_way(holds):
    union = world()
    holds(union, [*governed_once(), *each_once()])
    kinds = {type(event) for event in union.events}
    assert kinds >= set(r.AnyRuling.__args__)


@pytest.mark.parametrize("holds", PROPERTIES)
def test_every_property_holds_while_a_party_defaults_and_what_it_cost_comes_back(holds):
    union = world()
    holds(union, list(defaulted_once()))
    kinds = {type(event) for event in union.events}
    assert kinds >= set(d.AnyFailure.__args__)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from((MONEY, LIMITS, ONCE, ALONE, REPLAY)), st.lists(defaulting, max_size=25))
def test_the_properties_hold_in_days_full_of_defaults(holds, of):
    holds(world(), [("swing", "QM", "QN", 900), ("swing", "QN", "QO", 700), *of])


@pytest.mark.parametrize("holds", PROPERTIES)
def test_every_property_holds_on_a_day_in_which_everything_happens(holds):
    union = world()
    holds(union, list(each_once()))
    kinds = {type(event) for event in union.events}
    assert kinds >= {e.SwingDrawn, e.SwingRepaid, e.ObligationsSetOff, e.PaymentReturned, e.PaymentCancelled}
    assert kinds >= {QuoteOffered, QuoteWithdrawn, QuoteExpired, ExchangeSettled}
    assert kinds >= {
        e.PaymentQueued,
        e.PaymentRejected,
        e.PaymentAccepted,
        e.LiquidityReserved,
        e.CycleSettled,
    }


def losing_post(state, debit, credit, amount):
    source, target = state.accounts[debit], state.accounts[credit]
    state.accounts.put(debit, msgspec.structs.replace(source, balance=source.balance - amount))
    state.accounts.put(credit, msgspec.structs.replace(target, balance=target.balance + amount - 1))


def forgetful_repaid(state, event):
    ledger.post(state, event.account, event.swing, event.amount)


def one_sided_set_off(state, number, currency, _honest=setoff.set_off):
    event = _honest(state, number, currency)
    if event is None:
        return None
    (first, amount), *rest = event.cleared
    left = state.obligations[first].open - amount
    return msgspec.structs.replace(event, cleared=((first, amount + 1 if left else amount - 1), *rest))


def finds_nothing(*given, _honest=setoff.set_off_under):
    found = _honest(*given)
    return found._replace(cleared=found.cleared * 0)


def heedless_of_limits(*given, _honest=setoff.set_off_under):
    return _honest(*given[:-1], given[-1] * 0 + setoff.NO_LIMIT)


def heedless_of_wholes(*given, _honest=setoff.set_off_under):
    return _honest(*given[:-2], given[-2] & False, given[-1])


def two_less_across(*given, _honest=setoff.clear_across):
    found = _honest(*given)
    cleared = found.cleared.copy()
    cleared[cleared > 2] -= 2
    return found._replace(cleared=cleared)


def post_position_but_not_all(state, account, net, _honest=ledger.post_position):
    if not account.endswith("/VND"):
        _honest(state, account, net)


def last_in_first_out(state, accounts):
    for account in accounts:
        for uetr in reversed(list(state.queues.get(account, ()))):
            order = state.payments[uetr].order
            if order.amount <= release.room(state, order, order.priority):
                yield e.PaymentSettled(*release.transfer(state.payments[uetr]))


def stale_root(self, _honest=Table.root):
    if 0 < len(self._changed) < len(self):
        self._changed.clear()
    return _honest(self)


def unsorted_load(records, key=None):
    return sorted(records, key=lambda each: -key(each))


def reserve_without_event(state, author, body):
    account = state.accounts[settlement_account(author, body.currency)]
    state.accounts.put(account.id, msgspec.structs.replace(account, reserved=body.amount))
    yield from ()
    return apply.issuance.DONE


def heedless_authenticate(state, signed, digest, at_us, _honest=apply.authenticate):
    admitted = _honest(state, signed, digest, at_us)
    if isinstance(admitted, Refusal) and admitted.reason is Reason.SEQUENCE_REPLAYED:
        key = state.keys[signed.instruction.key.hex()]
        return e.SequenceAdvanced(key.public, key.sequence + 1)
    return admitted


def always_accepted(state, event):
    obligation.evolve_registered(state, msgspec.structs.replace(event, accepted=True))


def settled_on_one_leg(state, event):
    balances = {
        name: state.accounts[name].balance
        for name in (settlement_account(bank, event.buys) for bank in BANKS_BY_MEMBER)
    }
    exchange.evolve_settled(state, event)
    for name, balance in balances.items():
        state.accounts.put(name, msgspec.structs.replace(state.accounts[name], balance=balance))


def nothing_short(*_):
    return {}, {}


EVERYTHING = tuple(each_once())
FULL = (
    ("issue", "QM", A1, "IDR", MAX_AMOUNT - 6 * 200),
    ("limit", "QM", A2, "IDR", 10_001),
    ("pay", A2, A1, "IDR", 2_000, c.Channel.RTGS, 0),
)
LINED_UP = (
    ("pay", A1, A2, "IDR", 900, c.Channel.RTGS, 0),
    ("pay", A1, B1, "IDR", 300, c.Channel.RTGS, 0),
    ("pay", A1, A2, "IDR", 250, c.Channel.RTGS, 0),
    ("swing", "QN", "QO", 1),
    ("swing", "QN", "QO", 2),
    ("swing", "QN", "QO", 3),
    ("swing", "QN", "QO", 4),
    ("issue", "QM", A1, "IDR", 501),
    ("issue", "QM", A1, "IDR", 301),
    ("pay", A1, A2, "IDR", 5, c.Channel.RTGS, 0),
)
ASKED = (
    ("owe", 0, 2, "IDR", 21, 0, False),
    ("owe", 2, 0, "IDR", 20, 0, False),
    ("owe", 4, 6, "IDR", 30, 0, False),
    ("owe", 6, 4, "IDR", 30, 0, False),
    ("ask", 4, "IDR", 0, 10, [], False),
    ("owe", 8, 10, "IDR", 30, 0, False),
    ("owe", 10, 8, "IDR", 30, 0, False),
    ("ask", 8, "IDR", 0, None, [10], False),
    ("cycle",),
)
CLAIM = (("owe", 0, 2, "IDR", 30, 0, True),)
OVERDRAWN = (
    ("swing", "QM", "QN", 100),
    ("pay", B1, A1, "IDR", 500, c.Channel.MPNS, 0),
    ("cycle",),
)
FORGOTTEN = (("quote", C2, "MYR", "VND", 1, 30, (1, 2, 0), 2), ("cycle",), ("cycle",))
INTRUDER = (("issue", "QN", A1, "IDR", 5),)

GOVERNED = tuple(governed_once())
SUSPENDED_SINCE = (
    ("propose", "QO", "horizon", "QM"),
    ("carry", "suspend", "QO"),
    ("wait", 5),
    ("vote", "QM", 0, True),
)
UPGRADE = (("carry", "protocol", "QM"), ("wait", 5), ("cycle",))
FAULTY = (("carry", "faulty", "QM"), ("wait", 1))
MEDDLER = (("propose", "QN", "payment limit", "QM"),)
HASTY_EXIT = (("owe", 0, 4, "IDR", 30, 60, False), ("carry", "leave", "QM"), ("wait", 1))


def every_ballot(state, proposal):
    ballots = (each for each in state.ballots.records() if each.proposal == proposal.number)
    return tuple((each.member, each.height) for each in ballots if each.in_favour)


def switch_at_any_height(state):
    due = state.adoption
    return r.ProtocolAdopted(due.version, state.version + 1) if due else None


def left_with_keys(state, event):
    state.standings.put(event.member, Seat(event.member, Standing.LEFT))


DEFAULTED = tuple(defaulted_once())
PLEDGED = (("pledge", A1, False, "IDR", 500),)
BLAMED = (("blame", "QM", A1, d.Cause.INSOLVENT),)
TAKEN_BACK = (("pledge", "QM", False, "IDR", 5), ("release", A1, False, "IDR", 5))


RECORDED = tuple(recorded_once())
MEDDLING_RECORD = (("meddle", B1),)
LISTED = ("list", "QM", False, [0, 5], [])
RTGS, MPNS = c.Channel.RTGS, c.Channel.MPNS
UNSCREENED = (LISTED, ("unscreened", A1, A2, 5))
QUEUED_BEFORE = (("pay", A1, A2, "IDR", 900, RTGS, 0), LISTED, ("issue", "QM", A1, "IDR", 801))
RESOLVED_BEFORE = (
    *(("pay", payer, payee, "IDR", 900, RTGS, 0) for payer, payee in ((A1, A2), (A2, B1), (B1, A1))),
    *(LISTED, ("resolve", A1, "IDR")),
)
WAITED_BEFORE = (("pay", A1, A2, "IDR", 50, MPNS, 0), LISTED, ("cycle",))
OWED_BEFORE = (
    *(("owe", debtor, creditor, "IDR", 30, 0, False) for debtor, creditor in ((0, 2), (2, 0))),
    *(LISTED, ("cycle",)),
)
LISTED_FIRM = (
    *(("owe", 5, 0, "IDR", 30, 0, False), ("list", "QM", False, [2], [])),
    *(("rescreen", A1, []), ("rescreen", B1, []), ("cycle",)),
)
LISTED_BANK = (
    *(("list", member, False, [1], []) for member in ("QM", "QN")),
    ("pay", A1, A2, "IDR", 5, RTGS, 0),
)
LISTED_SHIP = (("list", "QM", False, [3], []), ("meddle", A2))
SHORTENED = (LISTED, ("list", "QN", False, [], [0]))


def all_of_each_pledge(amount, parts):
    return {part.holder: 90 for part in parts}


def a_rich_account(state, author, currency):
    account = state.accounts[settlement_account(author, currency)]
    return msgspec.structs.replace(account, balance=10_000)


def covered_without_money(state, event):
    loss._reduce_advance(state, event.account, event.amount)


def anybodys(holder, currency):
    return collateral_account("QM", currency)


CANARIES = {
    "one vote for all": (RULES, governance, "votes_needed", lambda *_: 1, GOVERNED),
    "half for a constitutional change": (
        RULES,
        p,
        "CLASSES",
        dict.fromkeys(p.CLASSES, p.RuleClass.OWN),
        GOVERNED,
    ),
    "no notice": (RULES, governance, "_notice_days", lambda *_: 0, GOVERNED),
    "a vote for who is suspended": (RULES, governance, "votes_in_favour", every_ballot, SUSPENDED_SINCE),
    "one member's will for a rule": (ALONE, governance, "votes_needed", lambda *_: 1, GOVERNED),
    "an affair of another": (ALONE, amendment, "owner_of", lambda *_: None, MEDDLER),
    "a halt that stops nothing": (RULES, authorisation, "refuse_speaker", lambda *_: None, GOVERNED),
    "an exit with open debts": (RULES, leaving, "open_items", lambda *_: iter(()), HASTY_EXIT),
    "an exit that leaves the keys": (RULES, apply.EVOLVERS, r.MemberLeft, left_with_keys, GOVERNED),
    "a charter that is not put in force": (
        RULES,
        apply.EVOLVERS,
        r.CharterAmended,
        lambda *_: None,
        GOVERNED,
    ),
    "a switch of protocol before its height": (
        RULES,
        governance,
        "due_protocol",
        switch_at_any_height,
        UPGRADE,
    ),
    "a change that is not looked at": (RULES, amendment, "refuse", lambda *_: None, FAULTY),
    "a posting that loses a unit": (MONEY, ledger, "post", losing_post, EVERYTHING),
    "a repayment that leaves the advance": (
        MONEY,
        apply.EVOLVERS,
        e.SwingRepaid,
        forgetful_repaid,
        EVERYTHING,
    ),
    "payments without cover": (LIMITS, payment, "room", lambda *_: MAX_AMOUNT, EVERYTHING),
    "netting that takes nothing out": (LIMITS, netting, "_cover", nothing_short, EVERYTHING),
    "swing credit without a limit": (LIMITS, credit, "free_on_line", lambda *_: 10**9, OVERDRAWN),
    "a position left unposted": (LIMITS, ledger, "post_position", post_position_but_not_all, EVERYTHING),
    "an account that takes in too much": (LIMITS, ledger, "most_to_receive", lambda _: 10**30, FULL),
    "set-off of one more unit on one side": (SET_OFF, settlement, "set_off", one_sided_set_off, EVERYTHING),
    "set-off that finds nothing": (
        SET_OFF,
        setoff,
        "set_off_under",
        finds_nothing,
        EVERYTHING,
    ),
    "set-off between firms that do not want it": (
        SET_OFF,
        setoff,
        "offered",
        lambda _, owed, __: owed,
        ASKED,
    ),
    "set-off beyond a firm's limit": (SET_OFF, setoff, "set_off_under", heedless_of_limits, ASKED),
    "set-off of a part of what is indivisible": (SET_OFF, setoff, "set_off_under", heedless_of_wholes, ASKED),
    "set-off across currencies to one side": (SET_OFF, setoff, "clear_across", two_less_across, EVERYTHING),
    "no check of duplicates": (ONCE, payment, "refuse_identity", lambda *_: None, EVERYTHING),
    "no check of the sequence": (ONCE, apply, "authenticate", heedless_authenticate, EVERYTHING),
    "a day that ends with open payments": (ONCE, queue, "end_of_day", lambda _: iter(()), EVERYTHING),
    "a bucket not hashed anew": (REPLAY, Table, "root", stale_root, EVERYTHING),
    "a snapshot that forgets the queue's order": (REPLAY, dumping, "sorted", unsorted_load, LINED_UP),
    "a change that is no event": (
        REPLAY,
        apply.HANDLERS,
        c.ReserveLiquidity,
        reserve_without_event,
        EVERYTHING,
    ),
    "money from another's issuer": (ALONE, apply.issuance, "refuse_unless_issuer", lambda *_: None, INTRUDER),
    "one member as a quorum": (ALONE, day, "is_quorum", lambda *_: True, EVERYTHING),
    "a debt owned by its creditor": (ALONE, apply.EVOLVERS, e.ObligationRegistered, always_accepted, CLAIM),
    "a quote that promises nothing": (LIMITS, ledger, "promise", lambda *_: None, EVERYTHING),
    "a quote that is firm for ever": (LIMITS, exchange, "expire", lambda _: iter(()), FORGOTTEN),
    "an exchange of one leg": (ALONE, apply.EVOLVERS, ExchangeSettled, settled_on_one_leg, EVERYTHING),
    "a queue served from its end": (QUEUES, apply.issuance, "release_queues", last_in_first_out, LINED_UP),
    "a limit that holds nothing back": (LIMITS, release.limits, "room", lambda *_: MAX_AMOUNT, EVERYTHING),
    "a set that settles without funds": (
        LIMITS,
        resolution,
        "strict",
        lambda payer, *_: np.ones(len(payer), bool),
        EVERYTHING,
    ),
    "a latest time that nobody looks at": (ONCE, apply.queue, "on_time", lambda _: iter(()), EVERYTHING),
    "payments that pass others unasked": (QUEUES, release, "allows_bypass", lambda *_: True, LINED_UP),
    "priorities that nobody heeds": (QUEUES, payment, "is_next", lambda *_: True, LINED_UP),
    "a loss borne beyond the cap": (LIMITS, loss, "share_out", all_of_each_pledge, DEFAULTED),
    "a pledge that is more than is held": (LIMITS, collateral, "_source", a_rich_account, PLEDGED),
    "a loss paid from nothing": (MONEY, apply.EVOLVERS, d.LossCovered, covered_without_money, DEFAULTED),
    "a default that one member declares": (ALONE, day, "is_quorum", lambda *_: True, BLAMED),
    "a pledge taken back by another": (ALONE, collateral, "collateral_account", anybodys, TAKEN_BACK),
    "goods that nobody looks at": (RECORDS, trade, "_refuse_goods", lambda *_: None, RECORDED),
    "a document in the place of another": (RECORDS, trade, "_refuse_document", lambda *_: None, RECORDED),
    "a record that commits to its document alone": (
        *(
            RECORDS,
            trade,
            "record_of",
            lambda event: TradeRecord(event.item.id, event.item.document, bytes(32)),
        ),
        RECORDED,
    ),
    "a record of anybody's firms": (ALONE, trade, "_refuse_identity", lambda *_: None, MEDDLING_RECORD),
    "a batch that nobody screened": (CHECKED, payment, "_refuse_unscreened", lambda *_: None, UNSCREENED),
    "a queue that goes on when lists change": (CHECKED, release, "may_pay", lambda *_: True, QUEUED_BEFORE),
    "a set that settles when lists change": (
        CHECKED,
        resolution,
        "may_pay",
        lambda *_: True,
        RESOLVED_BEFORE,
    ),
    "cycles that heed no list": (CHECKED, settlement, "out_of_cycles", lambda _: frozenset(), WAITED_BEFORE),
    "set-off that heeds no list": (CHECKED, setoff, "out_of_cycles", lambda _: frozenset(), OWED_BEFORE),
    "debts of a listed firm": (CHECKED, settlement, "may_clear", lambda *_: True, LISTED_FIRM),
    "a bank that is listed": (CHECKED, standing, "listed_bank", lambda *_: None, LISTED_BANK),
    "a list that one member shortens": (ALONE, listing, "_going", lambda *of: (of[2].gone, ()), SHORTENED),
    "a ship that is listed": (CHECKED, trade, "listed", lambda *_: None, LISTED_SHIP),
    "a queue that is not served": (QUEUES, apply.issuance, "release_queues", lambda *_: iter(()), LINED_UP),
}


def break_rule(monkeypatch, where, name, broken):
    if isinstance(where, dict):
        monkeypatch.setitem(where, name, broken)
    else:
        monkeypatch.setattr(where, name, broken, raising=name != "sorted")


@pytest.mark.parametrize("name", CANARIES)
def test_a_broken_rule_is_noticed(name, monkeypatch):
    holds, where, what, broken, of = CANARIES[name]
    max_payment = MAX_AMOUNT if of is FULL else 10_000_000
    holds(world(200, max_payment), list(of))
    union = world(200, max_payment)
    break_rule(monkeypatch, where, what, broken)
    with pytest.raises(AssertionError):
        holds(union, list(of))


def corrupted(change):
    """A busy state with one record changed behind the rules' back."""
    union = world()
    play(union, [("propose", "QM", "suspend", "QO"), ("carry", "list", "QM"), ("wait", 2)])
    play(union, [("propose", "QN", "horizon", "QM")])
    day = list(each_once())
    play(union, day[: day.index(("own", "accept", 1)) + 1])
    play(union, [("fixed", 6)])
    play(union, [("pledge", "QM", False, "IDR", 5), ("default", B2, d.Cause.INSOLVENT)])
    play(union, [("ask", 0, "IDR", 5, 900, [2, 4], True), ("owe", 4, 2, "IDR", 14, 0, False)])
    play(union, [("order", A1, B1, "IDR", 950, q.Priority.NORMAL, 0, 0, False), RECORDED[1]])
    change(union.state)
    return violations(union.state)


def change_account(account, **change):
    def apply_to(state):
        state.accounts.put(account, msgspec.structs.replace(state.accounts[account], **change))

    return apply_to


def change_payment(now, **change):
    def apply_to(state):
        record = next(each for each in state.payments.records() if each.status is now)
        state.payments.put(record.order.uetr, msgspec.structs.replace(record, **change))

    return apply_to


def change_queued(number, **change):
    def apply_to(state):
        uetr = list(state.queues[ACCOUNT])[number]
        state.payments.put(uetr, msgspec.structs.replace(state.payments[uetr], **change))

    return apply_to


def change_obligation(**change):
    def apply_to(state):
        key, record = next(iter(state.obligations.items()))
        state.obligations.put(key, msgspec.structs.replace(record, **change))

    return apply_to


def change_indivisible(state):
    key, record = next((k, o) for k, o in state.obligations.items() if o.item.indivisible)
    state.obligations.put(key, msgspec.structs.replace(record, open=record.open - 1))


def change_charter(**rules):
    def apply_to(state):
        changed = msgspec.structs.replace(state.charter.rules, **rules)
        state.charter = msgspec.structs.replace(state.charter, rules=changed)

    return apply_to


def change_record(table, key, **change):
    def apply_to(state):
        records = getattr(state, table)
        records.put(key, msgspec.structs.replace(records[key], **change))

    return apply_to


change_key = functools.partial(change_record, "keys")
change_ballot = functools.partial(change_record, "ballots")
change_law = functools.partial(change_record, "laws")


def change_proposal(number, **change):
    return change_record("proposals", proposal_key(number), **change)


def change_standing(member, standing):
    return change_record("standings", member, standing=standing)


def validate_twice(state):
    member, *others = state.charter.members
    again = msgspec.structs.replace(member, keys=(*member.keys, *member.keys))
    state.charter = msgspec.structs.replace(state.charter, members=(again, *others))


SUBMIT, VALIDATE = (public_key(private("QM", role)).hex() for role in ("submit", "validate"))
BANKS = public_key(private(A1, "submit")).hex()


def queue_an_unknown_payment(state):
    state.queues.setdefault(ACCOUNT, Line()).add("unknown", q.Priority.NORMAL)


def change_quote(**change):
    def apply_to(state):
        quote = state.quotes[QUOTE]
        offer = msgspec.structs.replace(quote.offer, **change)
        state.quotes.put(QUOTE, msgspec.structs.replace(quote, offer=offer))

    return apply_to


def change_fill(**change):
    def apply_to(state):
        settled = state.exchanges[EXCHANGE]
        fills = (msgspec.structs.replace(settled.fills[0], **change),)
        state.exchanges.put(EXCHANGE, msgspec.structs.replace(settled, fills=fills))

    return apply_to


def change_through(state):
    settled = state.exchanges[THROUGH]
    state.exchanges.put(THROUGH, msgspec.structs.replace(settled, onward=()))


ACCOUNT = settlement_account(A1, "IDR")
LINE = swing_account("QN", "IDR")
OFFERED = settlement_account(B1, "VND")
QUOTE = f"{B1}/Q4"
EXCHANGE, THROUGH = unique(100_000), unique(100_002)


def attest(**change):
    """Put a record of a cycle in that ran; the change makes it one that no rules make."""

    def apply_to(state):
        kept = msgspec.structs.replace(Attestation(1, bytes(32), 0, ("QM",)), **change)
        state.cycle = 1
        state.attestations.put(attestation_key(kept.cycle), kept)

    return apply_to


RECORD = f"{lei(2)}/invoice/D-1"


def put_record(name):
    return lambda state: state.trade_records.put(name, TradeRecord(name, bytes(32), bytes(32)))


CORRUPTIONS = {
    "each_cycle_has_its_certificates: 1 cycles, roots of [2]": attest(cycle=2),
    "each_cycle_has_its_certificates: cycle 1: no root": attest(root=b"short"),
    "each_cycle_has_its_certificates: cycle 1: signed by": attest(signers=("QM", "QM")),
    "each_cycle_has_its_certificates: cycle 1: signed by ()": attest(signers=(), attested=True),
    "each_cycle_has_its_certificates: cycle 1: QX is no member": attest(signers=("QX",)),
    "debits_equal_credits: IDR": change_account(ACCOUNT, balance=7),
    "no_account_beyond_its_limit: settlement": change_account(ACCOUNT, balance=-1),
    "no_account_beyond_its_limit: issue/IDR/IDR: -4611686018427387904 is out of range": change_account(
        "issue/IDR/IDR", balance=-(2**62)
    ),
    "no_reservation_outlives_its_settlement: settlement/BK01QMA1XXX/IDR: 5 pending": change_account(
        ACCOUNT, pending=5
    ),
    "no_reservation_outlives_its_settlement: settlement/BK01QMA1XXX/IDR: set aside": change_account(
        ACCOUNT, reserved=10_000
    ),
    "what_is_earmarked_is_reserved: settlement/BK01QMA1XXX/IDR: earmarked 5": change_account(
        *("settlement/BK01QMA1XXX/IDR",), earmarked=5
    ),
    "no_reservation_outlives_its_settlement: IDR": lambda state: state.positions.update(IDR=None),
    "each_waiting_payment_waits_once": change_payment(PaymentStatus.QUEUED, status=PaymentStatus.SETTLED),
    "each_waiting_payment_waits_once: ": change_payment(
        PaymentStatus.ACCEPTED, status=PaymentStatus.CANCELLED
    ),
    "each_waiting_payment_waits_once: unknown: queued but unknown": queue_an_unknown_payment,
    "nobody_owes_more_than_before": change_obligation(open=10_000),
    "nobody_owes_more_than_before: ": change_obligation(open=0),
    "nobody_owes_more_than_before: 9": change_obligation(status=ObligationStatus.NETTED),
    "what_is_short_is_due_and_owed: ": change_obligation(short_since=MONDAY),
    "the_charter_in_force_holds: rules.day_quorum": change_charter(day_quorum=1),
    "the_charter_in_force_holds: members and standings differ": lambda state: state.standings.put(
        "QX", Seat("QX", Standing.ACTIVE)
    ),
    "keys_are_what_the_charter_gives: " + SUBMIT[:16]: change_key(SUBMIT, roles=("vote", "submit")),
    f"keys_are_what_the_charter_gives: {SUBMIT}: granted to QM": change_key(SUBMIT, revoked=True),
    f"keys_are_what_the_charter_gives: {BANKS}: {A1} is no member": change_key(BANKS, roles=("vote",)),
    f"keys_are_what_the_charter_gives: {SUBMIT}: QM has left": change_standing("QM", Standing.LEFT),
    "keys_are_what_the_charter_gives: 1": change_key(BANKS, sequence=10_000),
    "validators_are_members_in_standing: QM: validates with": change_key(VALIDATE, revoked=True),
    "validators_are_members_in_standing: a member": validate_twice,
    "ballots_are_members_own: ballot 0000000001/QX": lambda state: state.ballots.put(
        "0000000001/QX", Ballot(1, "QX", True, 1)
    ),
    "ballots_are_members_own: ballot 0000000009/QM": lambda state: state.ballots.put(
        "0000000009/QM", Ballot(9, "QM", True, 1)
    ),
    "ballots_are_members_own: ballot 0000000002/QM: not a vote": change_ballot("0000000002/QM", height=0),
    "ballots_are_members_own: ballot 0000000001/QO: not a vote": lambda state: state.ballots.put(
        "0000000001/QO", Ballot(1, "QO", True, 1)
    ),
    "ballots_are_members_own: proposal 2: QN did not vote": change_ballot("0000000002/QN", in_favour=False),
    "ballots_are_members_own: proposal 2: 2 votes of 3": change_proposal(2, needed=3),
    "ballots_are_members_own: proposal 2: passed by nobody": change_proposal(2, needed=0),
    "ballots_are_members_own: proposal 3: votes counted": change_proposal(3, votes=(("QM", 1),)),
    "each_law_rests_on_its_vote: law charter": change_law("charter", text=bytes(32)),
    "each_law_rests_on_its_vote: law list.regional": change_law("list.regional", votes=()),
    "each_law_rests_on_its_vote: law list.regional: ": change_law("list.regional", proposal=7),
    "each_law_rests_on_its_vote: law list.regional: rests": change_law("list.regional", version=9),
    "each_law_rests_on_its_vote: 1 changes": lambda state: setattr(state, "version", 1),
    "who_left_leaves_nothing_open: QM: payment": change_standing("QM", Standing.LEFT),
    "queues_stand_in_their_order: settlement/BK01QMA1XXX/IDR: out": change_queued(0, place=100),
    "queues_stand_in_their_order: ": change_queued(0, place=-1),
    "nothing_waits_past_its_latest_time: ": change_queued(0, latest_us=5),
    "limits_hold: settlement/BK01QMA1XXX/IDR: 6 of 5 towards all": lambda state: state.queue_terms.put(
        ACCOUNT, Terms(ACCOUNT, date=state.day.date, limits=(Limit(None, 5, 6),))
    ),
    "parts_are_less_than_the_whole: ": change_queued(0, paid=1),
    "pledges_are_whole: collateral/QM/IDR": change_account("collateral/QM/IDR", reserved=3),
    "losses_are_borne_within_caps: 000001/IDR/2/QO: paid 9 of 8": lambda state: state.bearers.put(
        "000001/IDR/2/QO", Bearer(1, "IDR", d.Tier.SURVIVOR, "QO", paid=9, cap=8)
    ),
    "losses_are_borne_within_caps: 000001/IDR/1/QO: paid 0": lambda state: state.bearers.put(
        "000001/IDR/1/QO", Bearer(1, "IDR", d.Tier.SPONSOR, "QO", recovered=1)
    ),
    "losses_are_borne_within_caps: 000009": lambda state: state.bearers.put(
        "000009/IDR/1/QO", Bearer(9, "IDR", d.Tier.SPONSOR, "QO")
    ),
    "each_default_is_of_a_party_and_open_once: default 1: of nobody": change_record(
        "defaults", "000001", party="nobody"
    ),
    "each_default_is_of_a_party_and_open_once: default 2: BK02QNA1XXX": lambda state: state.defaults.put(
        "000002", msgspec.structs.replace(state.defaults["000001"], number=2)
    ),
    "terms_are_what_can_be_asked_for: ": change_record("terms", f"{lei(0)}/IDR", most=-1),
    f"terms_are_what_can_be_asked_for: {lei(0)}/IDR: not": change_record(
        "terms", f"{lei(0)}/IDR", not_with=("X",)
    ),
    f"terms_are_what_can_be_asked_for: {lei(0)}/JPY": lambda state: state.terms.put(
        f"{lei(0)}/JPY", FirmTerms(lei(0), "JPY", 0, None, (), across=False)
    ),
    "what_is_indivisible_is_owed_whole_or_not: ": change_indivisible,
    f"trade_records_are_of_firms_and_of_one_document: {RECORD}: of": change_record(
        "trade_records", RECORD, document=b""
    ),
    f"trade_records_are_of_firms_and_of_one_document: {RECORD}: of ": change_record(
        "trade_records", RECORD, content=b""
    ),
    f"trade_records_are_of_firms_and_of_one_document: {RECORD}: no": change_record(
        "trade_records", RECORD, id="other"
    ),
    **{
        f"trade_records_are_of_firms_and_of_one_document: {name}: no": put_record(name)
        for name in (
            *(f"{lei(2)}/letter/D-1", f"{lei(60)}/invoice/D-1", f"{lei(2)}/invoice/", "invoice", ""),
        )
    },
    "advances_are_lent: swing/QN/IDR": change_account("swing/QN/IDR", balance=-3),
    "advances_are_lent: settlement/": lambda state: state.advances.put(
        ACCOUNT, Advance(ACCOUNT, LINE, 0, own=-1)
    ),
    f"advances_are_lent: {ACCOUNT}: advanced 0 and {MAX_AMOUNT + 1}": lambda state: state.advances.put(
        ACCOUNT, Advance(ACCOUNT, LINE, 0, own=MAX_AMOUNT + 1)
    ),
    "fixings_are_of_the_unions_currencies: fixing IDR": change_record("fixings", "IDR", rate=0),
    "interest_is_owed_on_a_line_with_terms: terms": change_record("swing_terms", LINE, day_count=7),
    "interest_is_owed_on_a_line_with_terms: interest swing/QN/IDR: -1": lambda state: state.interest.put(
        LINE, Interest(LINE, state.day.date, -1, 0, 0, 0)
    ),
    "interest_is_owed_on_a_line_with_terms: interest swing/QN/VND: without": lambda state: state.interest.put(
        "swing/QN/VND", Interest("swing/QN/VND", state.day.date, 1, 0, 0, 0)
    ),
    "reserves_are_money_of_another_member: reserve/QM/IDR": lambda state: state.accounts.put(
        "reserve/QM/IDR", Account("reserve/QM/IDR", "QM", "IDR")
    ),
    "the_fund_holds_what_members_were_charged: fund/VND/VND: charged 5": lambda state: (
        state.swing_positions.put("QN", Position("QN", state.day.date, charged=5))
    ),
    "the_fund_holds_what_members_were_charged: fund/IDR/IDR: holds 0": lambda state: state.accounts.put(
        "fund/IDR/IDR", Account("fund/IDR/IDR", "QM", "IDR", limit=5)
    ),
    "the_fund_holds_what_members_were_charged: position QN": lambda state: state.swing_positions.put(
        "QN", Position("QN", state.day.date, rest=-1)
    ),
    f"no_reservation_outlives_its_settlement: {OFFERED}: set aside": change_account(OFFERED, offered=10_000),
    f"what_open_quotes_offer_is_promised: {OFFERED}: offered 7": change_account(OFFERED, offered=7),
    f"what_open_quotes_offer_is_promised: {QUOTE}: 0 left": change_quote(left=0),
    f"what_open_quotes_offer_is_promised: {QUOTE}: OPEN disagrees": lambda state: state.offers.take_out(
        state.quotes[QUOTE]
    ),
    f"exchanges_took_what_quotes_gave: {QUOTE}: 30 offered, 5 taken, 20 left": change_quote(left=20),
    f"exchanges_took_what_quotes_gave: {EXCHANGE}: 1 paid": change_fill(paid=1),
    f"exchanges_took_what_quotes_gave: {THROUGH}: not all VND went on": change_through,
    f"exchanges_took_what_quotes_gave: {EXCHANGE}: takes": change_fill(quote="no such"),
}


@pytest.mark.parametrize("violation", CORRUPTIONS)
def test_each_invariant_names_what_is_wrong(violation):
    assert corrupted(lambda state: None) == []
    assert any(text.startswith(violation) for text in corrupted(CORRUPTIONS[violation]))


def test_a_validator_without_a_seat_is_noticed(monkeypatch):
    def suspended_and_validating(state):
        change_standing("QO", Standing.SUSPENDED)(state)
        monkeypatch.setattr(invariant, "validators", lambda _: (("QO", b""),))

    wrong = corrupted(suspended_and_validating)
    assert "validators_are_members_in_standing: QO: validates while SUSPENDED" in wrong
    assert "validators_are_members_in_standing: QO: validates with a key that is not in force" in wrong
