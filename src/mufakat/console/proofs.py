"""What a proof shows, in sentences: who committed what, when, who signed, and what is not proved."""

import datetime
from collections.abc import Iterator

from mufakat.audit.proof import PaymentProved, Verdict
from mufakat.core.accounts import Account
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.model.outcome import ItemOutcome, Outcome
from mufakat.model.refusal import EXPLANATIONS, Reason

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def proved(verdict: Verdict, charter: Charter) -> Iterator[str]:
    """Give the lines of a verdict; `charter` is the founding one, whose currencies have their decimals."""
    if verdict.payment is not None:
        yield from _payment(verdict, verdict.payment, charter)
    elif verdict.account is not None:
        yield from _account(verdict, verdict.account, charter)
    else:
        who = f", said by {verdict.author}" if verdict.author else ", whose author is not shown"
        what = f"{verdict.command or 'bytes that are no command'}{'' if verdict.entry == 0 else who}"
        yield f"Entry {verdict.entry}: {what}; {_became(verdict.outcome)}."
        yield f"Log time {moment(verdict.at_us)}."
    yield from _quorum(verdict)
    yield "Not proved:"
    yield from (f"  - {each}" for each in verdict.not_proved)


def _payment(verdict: Verdict, payment: PaymentProved, charter: Charter) -> Iterator[str]:
    order = payment.order
    amount = _money(order.amount, order.currency, charter)
    yield f"Payment {order.uetr}: {amount} from {order.debtor_agent} to {order.creditor_agent}."
    yield (
        f"Ordered by {verdict.author} for value date {order.value_date} in entry {verdict.entry}, "
        f"log time {moment(verdict.at_us)}; {_became(payment.outcome)} there."
    )
    status = payment.status.name.lower()
    reason = "" if payment.reason is None else f" ({_because(payment.reason)})"
    part = f"; {_money(payment.paid, order.currency, charter)} of it has settled" if payment.paid else ""
    yield f"After {verdict.entries:,} entries it is {status}{reason}{part}."


def _account(verdict: Verdict, account: Account, charter: Charter) -> Iterator[str]:
    balance = _money(account.balance, account.currency, charter)
    closed = "; it is closed" if account.closed else ""
    yield f"Account {account.id} of {account.owner}: balance {balance}{closed}."
    for amount, what in (
        (account.pending, "held for a settlement under way"),
        (account.reserved, "set aside for the netting cycles"),
        (account.offered, "promised by open quotes"),
        (account.earmarked, "reserved for payments that are still to be posted"),
        (account.limit, "is how far it may go below zero"),
    ):
        if amount:
            yield f"{_money(amount, account.currency, charter)} {what}."
    yield f"So it stood after {verdict.entries:,} entries, log time {moment(verdict.at_us)}."


def _money(amount: int, currency: str, charter: Charter) -> str:
    issuer = charter.issuer(currency)
    if issuer is None:
        return f"{amount:,} minor units of {currency}"
    return f"{format_amount(amount, issuer.decimals, grouped=True)} {currency}"


def _became(outcome: Outcome | ItemOutcome | None) -> str:
    assert outcome is not None, "an entry has an outcome"
    if outcome.refusal is not None:
        return f"refused, {_because(outcome.refusal.reason)}"
    return outcome.status.name.lower().replace("_", " ")


def _because(reason: Reason) -> str:
    return f"{reason.name}: {EXPLANATIONS[reason].text.rstrip('.')}"


def _quorum(verdict: Verdict) -> Iterator[str]:
    signers, of = ", ".join(verdict.signers), f"{len(verdict.signers)} of {verdict.entitled}"
    yield f"{verdict.name}, union {verdict.union.hex()}."
    if verdict.kind == "embedded":
        yield f"Signed by the audit keys of {of} members: {signers}."
        return
    yield (
        f"Committed by the validators of {of} members, in block {verdict.block}, "
        f"{moment(verdict.time_ns // 1_000)}: {signers}."
    )
    if verdict.changes:
        yield f"Validators changed {verdict.changes} times since the founding, each time signed by those before."


def moment(at_us: int) -> str:
    """Write UTC microseconds as a time for people; one that no calendar has as the number it is."""
    try:
        at = _EPOCH + datetime.timedelta(microseconds=at_us)
    except OverflowError:
        return f"{at_us} microseconds"
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
