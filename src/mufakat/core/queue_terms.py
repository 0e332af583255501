"""What a participant sets for the payments of its own account: limits, and whether they may pass each other."""

import msgspec

from mufakat.core import ledger, limits
from mufakat.core.accounts import settlement_account
from mufakat.core.decision import Decision, refused
from mufakat.core.lines import Limit
from mufakat.core.release import allows_bypass, release_queues
from mufakat.core.state import State
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import DONE
from mufakat.model.queueing import AllowBypass, BypassAllowed, LimitPayments, PaymentsLimited
from mufakat.model.refusal import Reason


def limit_payments(state: State, author: str, body: LimitPayments) -> Decision:
    """Set, change or take away a limit; never below what has been used of it."""
    account = ledger.usable(state, settlement_account(author, body.currency))
    if isinstance(account, Reason):
        return refused(account)
    if body.counterparty is not None and body.counterparty not in state.participants:
        return refused(Reason.UNKNOWN_PARTICIPANT, body.counterparty[:35])
    if body.counterparty == author:
        return refused(Reason.LIMIT_FOR_ONESELF)
    if body.limit is not None and not 0 <= body.limit <= MAX_AMOUNT:
        return refused(Reason.AMOUNT_INVALID)
    limit = limits.limit_towards(limits.terms_of(state, account.id), body.counterparty)
    if (limit.most if limit is not None else None) == body.limit:
        return refused(Reason.ALREADY_SO)
    used = 0 if limit is None else limit.used + limits.reserved(state, (account.id, body.counterparty))
    if body.limit is not None and used > body.limit:
        return refused(Reason.LIMIT_IN_USE, f"Used today: {used} minor units.")
    yield PaymentsLimited(account.id, body.counterparty, body.limit)
    yield from release_queues(state, [account.id])
    return DONE


def evolve_limited(state: State, event: PaymentsLimited) -> None:
    """Put the limit in place; what was used of it stays counted."""
    terms = limits.terms_of(state, event.account)
    before = limits.limit_towards(terms, event.counterparty)
    kept = [each for each in terms.limits if each is not before]
    if event.limit is not None:
        kept.append(Limit(event.counterparty, event.limit, before.used if before is not None else 0))
    kept.sort(key=lambda each: each.counterparty or "")
    state.queue_terms.put(event.account, msgspec.structs.replace(terms, limits=tuple(kept)))


def allow_bypass(state: State, author: str, body: AllowBypass) -> Decision:
    """Let payments of an account pass others, or keep them in order again."""
    account = ledger.usable(state, settlement_account(author, body.currency))
    if isinstance(account, Reason):
        return refused(account)
    if allows_bypass(state, account.id) == body.allowed:
        return refused(Reason.ALREADY_SO)
    yield BypassAllowed(account.id, body.allowed)
    yield from release_queues(state, [account.id])
    return DONE


def evolve_bypass(state: State, event: BypassAllowed) -> None:
    """Put it in place."""
    terms = limits.terms_of(state, event.account)
    state.queue_terms.put(event.account, msgspec.structs.replace(terms, bypass=event.allowed))
