"""The resolution of gridlock: the queues of a currency looked through for payments that can settle together.

All that is queued is taken in order, and the last payment of an account in deficit is left out until no account is:
what remains settles at once, each balance moving by the net: the largest set that keeps the order of all lines.
Where participants allow bypass, a set of more value is looked for, in which payments pass others of their priority.
Limits hold on the net of the set. It runs at cut-off, when somebody asks, and by itself when as many payments have
queued as waited on after the last time: the work for each payment that queues stays bounded. Rule source: charter,
payments; Bech and Soramaki, "Gridlock resolution in interbank payment systems" (Bank of Finland, 2001).
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.core import ledger, limits
from mufakat.core.accounts import settlement_account
from mufakat.core.binding import may_pay
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.lines import Resolution
from mufakat.core.release import allows_bypass, release_queues, settle_together, transfer
from mufakat.core.state import Payment, State
from mufakat.kernels.bypass import bypass
from mufakat.kernels.queue import strict
from mufakat.model.calendar import Phase
from mufakat.model.identifier import AccountId, Currency
from mufakat.model.outcome import DONE
from mufakat.model.queueing import Priority, QueuesResolved, ResolveQueues
from mufakat.model.refusal import Reason

LEAST: Final = 8
"""With fewer payments queued since the last time, the queues are not looked through by themselves."""
PAUSE_US: Final = 1_000_000
"""How long after a run in a currency nobody can ask for the next one, log time."""
_PAUSE_LONGER: Final = 1_000
"""With so many payments left waiting, that time doubles; with twice as many it is three times as long."""
_STEPS: Final = 4_000_000
"""How long a set in which payments pass others is looked for: some hundredths of a second."""
_MOST_PASSING: Final = 4_096
"""Among so many payments, the first in order, it is looked for."""
_ROUNDS: Final = 4
"""How often limits are looked at payment by payment; after that, every payment under a limit is left out."""


def resolve_queues(state: State, author: str, body: ResolveQueues) -> Decision:
    """Look the queues of a currency through because a member, or a participant with an account in it, asks."""
    yield from ()
    if state.charter.issuer(body.currency) is None:
        return refused(Reason.UNKNOWN_CURRENCY, body.currency[:35])
    if state.charter.member(author) is None:
        account = ledger.usable(state, settlement_account(author, body.currency))
        if isinstance(account, Reason):
            return refused(account)
    if state.day.phase is Phase.CLOSED:
        return refused(Reason.DAY_NOT_OPEN)
    if not state.charter.settles(body.currency, state.day.date):
        return refused(Reason.CURRENCY_CLOSED, f"{body.currency} on {state.day.date}.")
    last = state.resolutions.get(body.currency)
    if last is not None and state.now_us < last.at_us + PAUSE_US * (1 + last.left // _PAUSE_LONGER):
        return refused(Reason.RESOLVED_JUST_NOW)
    yield from resolve(state, body.currency)
    return DONE


def resolve_all(state: State) -> Events:
    """Look the queues of each currency through in which a payment waits."""
    for currency in sorted(
        {state.accounts[account].currency for account, line in state.queues.items() if line}
    ):
        if state.charter.settles(currency, state.day.date):
            yield from resolve(state, currency)


def is_due(state: State, currency: Currency) -> bool:
    """Tell whether as many payments have queued since the last run as waited on after it."""
    last = state.resolutions.get(currency)
    return last is not None and last.queued >= max(LEAST, last.left)


def resolve(state: State, currency: Currency) -> Events:
    """Settle queued payments of a currency together, each line in its order unless it allows bypass."""
    queued = _in_order(state, currency)
    chosen = _settling(state, _within_range(state, queued))
    yield QueuesResolved(currency, tuple(map(transfer, chosen)), len(queued) - len(chosen))
    paid = dict.fromkeys(account for each in chosen for account in transfer(each)[1:3])
    yield from release_queues(state, list(paid))


def _in_order(state: State, currency: Currency) -> list[Payment]:
    lines = (line for account, line in state.queues.items() if state.accounts[account].currency == currency)
    payments = (state.payments[uetr] for line in lines for uetr in line)
    going = [each for each in payments if may_pay(state, each.order.debtor_agent, each.order.creditor_agent)]
    return sorted(going, key=lambda each: (-each.priority, each.place))


def _within_range(state: State, queued: list[Payment]) -> list[Payment]:
    """Leave out what would let a sum or a balance pass what the ledger holds, and the payer's payments after it."""
    taken: list[Payment] = []
    share = ledger.share_of_range(state)
    outgoing: dict[AccountId, int] = {}
    incoming: dict[AccountId, int] = {}
    waits: dict[AccountId, None] = {}
    for payment in queued:
        _, debit, credit, amount = transfer(payment)
        paid, received = outgoing.get(debit, 0) + amount, incoming.get(credit, 0) + amount
        fits = paid <= share and ledger.room_to_receive(state.accounts[credit], received)
        if debit in waits or not fits:
            waits[debit] = None
            continue
        outgoing[debit], incoming[credit] = paid, received
        taken.append(payment)
    return taken


def _settling(state: State, candidates: list[Payment]) -> list[Payment]:
    """Return the candidates that settle together, all within the limits."""
    chosen = _covered(state, candidates, may_pass=True)
    for _ in range(_ROUNDS):
        over = limits.exceeded(state, chosen)
        if not over:
            return chosen
        chosen = _covered(state, _without(state, chosen, over), may_pass=False)
    if limits.exceeded(state, chosen):
        chosen = _covered(state, _without(state, chosen, None), may_pass=False)
    return chosen


def _without(state: State, chosen: list[Payment], over: dict[limits.Bound, int] | None) -> list[Payment]:
    """Leave out the last normal payments of each limit that is exceeded, by as much; with None, all of limits.

    What comes after one of them in its line is left out too, where the participant does not allow bypass.
    """
    excess = dict(over or {})
    kept: list[Payment] = []
    cut: dict[AccountId, int] = {}
    for payment in reversed(chosen):
        order = payment.order
        account = settlement_account(order.debtor_agent, order.currency)
        bound = limits.binding(state, account, order.creditor_agent)
        is_over = bound is not None and (over is None or excess.get(bound, 0) > 0)
        if bound is not None and is_over and payment.priority is Priority.NORMAL:
            excess[bound] = excess.get(bound, 0) - payment.rest
            if not allows_bypass(state, account):
                cut[account] = len(kept)
        else:
            kept.append(payment)
    return [
        payment for number, payment in reversed(list(enumerate(kept))) if not _is_behind(payment, number, cut)
    ]


def _is_behind(payment: Payment, number: int, cut: dict[AccountId, int]) -> bool:
    account = settlement_account(payment.order.debtor_agent, payment.order.currency)
    return number < cut.get(account, 0)


def _covered(state: State, payments: list[Payment], *, may_pass: bool) -> list[Payment]:
    """Return the part of the payments that leaves no account in deficit.

    The largest that keeps each line's order; or, with `may_pass` and where lines allow bypass, one of more value,
    if there is one to be found, in which some of the first payments pass others of their own priority.
    """
    accounts: dict[AccountId, int] = {}
    ends: npt.NDArray[np.int64] = np.empty((2, len(payments)), np.int64)
    amounts: npt.NDArray[np.int64] = np.empty(len(payments), np.int64)
    for number, payment in enumerate(payments):
        _, debit, credit, amounts[number] = transfer(payment)
        ends[0, number] = accounts.setdefault(debit, len(accounts))
        ends[1, number] = accounts.setdefault(credit, len(accounts))
    funds = np.array([state.accounts[each].available for each in accounts], np.int64)
    stays = strict(ends[0], ends[1], amounts, funds)
    free = np.array([allows_bypass(state, each) for each in accounts], np.bool_)
    if may_pass and free[ends[0]].any():
        first = _of_the_first_priority(payments, ends[0].tolist(), free.tolist())
        first[_MOST_PASSING:] = False
        passing = np.zeros(len(payments), np.bool_)
        passing[first] = bypass(ends[0, first], ends[1, first], amounts[first], funds, free, _STEPS)
        worth, other = (sum(amounts[each].tolist()) for each in (stays, passing))
        stays = passing if other > worth else stays
    return [payment for payment, kept in zip(payments, stays.tolist(), strict=True) if kept]


def _of_the_first_priority(
    payments: list[Payment], payers: list[int], free: list[bool]
) -> npt.NDArray[np.bool_]:
    """Tell which payments may take part: of a line that allows bypass those of its first priority alone."""
    highest: dict[int, Priority] = {}
    for payment, payer in zip(payments, payers, strict=True):
        highest.setdefault(payer, payment.priority)
    pairs = zip(payments, payers, strict=True)
    return np.array([not free[payer] or each.priority is highest[payer] for each, payer in pairs], np.bool_)


def evolve_resolved(state: State, event: QueuesResolved) -> None:
    """Move the money of all at once, and note when that was."""
    settle_together(state, event.payments)
    state.resolutions.put(event.currency, Resolution(event.currency, state.now_us, event.left))


def note_queued(state: State, currency: Currency) -> None:
    """Count a payment that queued."""
    last = state.resolutions.get(currency) or Resolution(currency)
    state.resolutions.put(currency, msgspec.structs.replace(last, queued=last.queued + 1))
