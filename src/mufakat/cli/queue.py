"""Commands about the queue: show it, amend a payment in it, and say how payments of an account may settle."""

import datetime
import enum
from typing import Annotated, Final

import typer

from mufakat.cli.look import check_name, payment_app
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, looked, opened, out, refuse
from mufakat.console import grid
from mufakat.console import queue as pages
from mufakat.model import queueing as q
from mufakat.model.charter import Charter
from mufakat.model.identifier import Bic, Currency, Uetr
from mufakat.model.money import Amount, parse_amount
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.node.session import Session
from mufakat.projections import balance, timeline
from mufakat.projections import queue as views

queue_app = typer.Typer(no_args_is_help=True, help="What waits, in which order, within which limits.")
app.add_typer(queue_app, name="queue")


class Rank(enum.StrEnum):
    """Priorities as they are typed."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Switch(enum.StrEnum):
    """What can be allowed or not."""

    ON = "on"
    OFF = "off"


_NOTHING: Final = "none"
_EVERYBODY: Final = "all"
Bank = Annotated[str, typer.Argument(help="BIC of the participant whose account it is.")]
Code = Annotated[str, typer.Argument(help="The currency.")]


@queue_app.command("show")
def queue_show(
    agent: Annotated[str | None, typer.Option(help="Only payments and limits of this participant.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only payments in this currency.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show payments that wait, in the order in which they are looked at, and the limits that are set."""
    with looked() as (sql, charter):
        check_name(agent, "participant", balance.participants(sql))
        check_name(currency, "currency", balance.currencies(sql))
        rows = views.waiting(sql, agent=agent, currency=currency)
        limits, bypasses = views.limits(sql, agent=agent), views.bypasses(sql, agent=agent)
    if as_json:
        emit({"payments": rows, "limits": limits, "bypass": bypasses})
        return
    out.print(pages.waiting(charter, rows))
    if limits:
        out.print(pages.limits(charter, limits))
    for account in bypasses:
        _, bank, code = account.split("/")
        out.print(f"{bank}, {code}: payments may pass others of their priority.")


@queue_app.command("bypass")
def queue_bypass(
    bank: Bank,
    currency: Code,
    allowed: Annotated[Switch, typer.Argument(help="Whether payments may pass each other.")],
    as_json: AsJson = False,
) -> None:
    """Let payments that can settle pass others of their priority that cannot, or keep them in order again."""
    with opened() as (session, _):
        refuse(session.say(bank, q.AllowBypass(Currency(currency), allowed is Switch.ON)))
        bypasses = views.bypasses(session.node.views.sql, agent=bank)
    if as_json:
        emit({"bypass": bypasses})
    else:
        out.print(f"{bank}, {currency}: bypass {allowed}.")


@queue_app.command("limit")
def queue_limit(
    bank: Bank,
    currency: Code,
    towards: Annotated[str, typer.Argument(help="BIC of the other bank, or all: those without one.")],
    amount: Annotated[str, typer.Argument(help="The amount, such as 2500.00; none takes the limit away.")],
    as_json: AsJson = False,
) -> None:
    """Limit what normal payments of a bank may pay net in a business day, to one bank or to all others."""
    with opened() as (session, _):
        limit = None if amount == _NOTHING else _amount(session.node.charter, amount, currency)
        counterparty = None if towards == _EVERYBODY else Bic(towards)
        refuse(session.say(bank, q.LimitPayments(Currency(currency), counterparty, limit)))
        charter, limits = session.node.charter, views.limits(session.node.views.sql, agent=bank)
    if as_json:
        emit({"limits": limits})
    else:
        out.print(pages.limits(charter, limits))


def _amount(charter: Charter, text: str, currency: str) -> Amount:
    issuer = charter.issuer(currency)
    if issuer is None:
        raise Failed(f"no member issues {currency!r}", USAGE)
    if not text.strip("0."):
        return Amount(0)
    amount = parse_amount(text, issuer.decimals)
    if isinstance(amount, Reason):
        raise Failed(f"{text!r}: {EXPLANATIONS[amount].text}", USAGE)
    return amount


@queue_app.command("resolve")
def queue_resolve(
    author: Annotated[str, typer.Argument(help="The member or participant that asks.")],
    currency: Code,
    as_json: AsJson = False,
) -> None:
    """Look the queues of a currency through for payments that can settle together, and settle them."""
    with opened() as (session, _):
        refuse(session.say(author, q.ResolveQueues(Currency(currency))))
        charter = session.node.charter
        runs = views.resolutions(session.node.views.sql)
    run = next(each for each in reversed(runs) if each.currency == currency)
    if as_json:
        emit({"resolution": run})
        return
    amount = f"{currency} {grid.money(charter, run.amount, currency)}"
    out.print(f"{run.payments:,} payments settled together, {amount}; {run.waiting:,} wait on.")


@payment_app.command("amend")
def payment_amend(
    uetr: Annotated[str, typer.Argument(help="The payment's UETR.")],
    priority: Annotated[
        Rank | None, typer.Option(help="Its new priority; it becomes the last of it.")
    ] = None,
    latest: Annotated[
        str | None,
        typer.Option(help="Its new latest time, 2026-11-24T15:00:00+07:00; none for no latest time."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a payment that waits another priority or latest time, as its debtor agent."""
    if priority is None and latest is None:
        raise Failed("say what is to change: --priority, --latest, or both", USAGE)
    until_us = None if latest is None else _moment(latest)
    with opened() as (session, _):
        payment = _payment(session, uetr)
        body = q.AmendPayment(
            Uetr(payment.uetr),
            q.Priority[(priority or Rank(payment.priority)).name],
            payment.latest_us if until_us is None else until_us,
        )
        refuse(session.say(payment.debtor_agent, body))
        payment = _payment(session, uetr)
    if as_json:
        emit({"payment": payment})
    else:
        times = pages.between(payment.earliest_us, payment.latest_us)
        out.print(f"{payment.uetr}: {payment.status}, {payment.priority}{f', {times}' if times else ''}.")


def _payment(session: Session, uetr: str) -> timeline.PaymentView:
    payment = timeline.payment(session.node.views.sql, uetr.lower())
    if payment is None:
        raise Failed(f"no payment has the UETR {uetr}")
    return payment


def _moment(text: str) -> int:
    """Read a time with its offset from UTC as UTC microseconds; 0 for none."""
    if text == _NOTHING:
        return 0
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Failed(
            f"{text!r} is not a time with its offset from UTC, such as 2026-11-24T15:00:00+07:00", USAGE
        )
    return (moment - datetime.datetime.fromtimestamp(0, datetime.UTC)) // datetime.timedelta(microseconds=1)
