"""Fixings: what the members agree that each currency is worth on a business date.

Each member submits a rate for every currency of the union. The submission that makes the quorum fixes the median of
each currency, of an even number of submissions the lower of the middle two; whoever is further from it than the
charter's bound is named. Where half of them are, the next one is awaited. Later ones for the date are refused.
Rates: parts of 10^-9 of the charter's numeraire for one major unit. Rule source: charter, fixing.
"""

from collections.abc import Sequence

from mufakat.core.agreement import FixedRate, Submission
from mufakat.core.decision import Decision, refused
from mufakat.core.standing import present, seated
from mufakat.core.state import State
from mufakat.model import basket
from mufakat.model.calendar import Phase
from mufakat.model.charter import Charter
from mufakat.model.command import SubmitFixings
from mufakat.model.event import FixingsAgreed, FixingsSubmitted
from mufakat.model.identifier import Currency, MemberId
from mufakat.model.outcome import AWAITING_QUORUM, DONE
from mufakat.model.refusal import Reason, Refusal


def submit_fixings(state: State, author: str, body: SubmitFixings) -> Decision:
    """Record a member's rates; those that make the quorum fix the day's."""
    member = state.charter.member(author)
    if member is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member submits fixings.")
    if state.day.phase is Phase.CLOSED or body.date != state.day.date:
        return refused(Reason.FIXING_DATE, f"Now: {state.day.phase.name} of {state.day.date}.")
    if are_agreed(state):
        return refused(Reason.FIXINGS_AGREED, str(body.date))
    refusal = _refuse_rates(state, body.rates)
    if refusal is not None:
        return refused(refusal.reason, refusal.detail)
    if any(each.member == member.id for each in _submitted(state)):
        return refused(Reason.ALREADY_DECLARED, f"Fixings of {body.date}.")
    yield FixingsSubmitted(member.id, body.date, body.rates)
    counting = _submitted(state)
    if len(counting) < min(state.charter.rules.day_quorum, len(seated(state))):
        return AWAITING_QUORUM
    rates = agree([each.rates for each in counting])
    far = outliers(rates, counting, state.charter.rules.fixing.outlier_bp)
    if not _stands(rates, far, len(counting)):
        return AWAITING_QUORUM
    yield FixingsAgreed(body.date, rates, far)
    return DONE


def _stands(
    rates: tuple[tuple[Currency, int], ...], far: tuple[tuple[MemberId, Currency, int], ...], submitted: int
) -> bool:
    """Tell whether of each currency more than half of the submissions are near the median: no one alone sets it."""
    away = [currency for _, currency, _ in far]
    return all(2 * away.count(currency) < submitted for currency, _ in rates)


def _refuse_rates(state: State, rates: tuple[tuple[Currency, int], ...]) -> Refusal | None:
    """Return what is wrong with the first rate at fault, or None."""
    wanted = sorted(each.currency for each in present(state))
    numeraire = state.charter.rules.fixing.numeraire
    given = dict(rates)
    for currency in wanted:
        if currency not in given:
            return Refusal(Reason.FIXING_INVALID, f"rates.{currency}: missing.")
    for currency, rate in rates:
        if currency not in wanted:
            return Refusal(Reason.UNKNOWN_CURRENCY, f"rates.{currency[:3]}")
        if not 0 < rate <= basket.MOST_RATE:
            return Refusal(
                Reason.FIXING_INVALID, f"rates.{currency}: 1 to {basket.MOST_RATE} parts of 10^-9."
            )
        if currency == numeraire and rate != 10**basket.RATE_PLACES:
            return Refusal(Reason.FIXING_INVALID, f"rates.{currency}: the numeraire itself is 10^9 parts.")
    if [currency for currency, _ in rates] != wanted:
        return Refusal(Reason.FIXING_INVALID, "rates: each currency once, in order of its code.")
    return None


def _submitted(state: State) -> list[Submission]:
    """Return what members that count have submitted for the date under way, in order of member."""
    counting = [member.id for member in seated(state)]
    return [
        each
        for each in state.submissions.records()
        if each.date == state.day.date and each.member in counting
    ]


def are_agreed(state: State) -> bool:
    """Tell whether the fixings of the date under way are agreed."""
    return any(each.date == state.day.date for each in state.fixings.records())


def agree(submissions: Sequence[tuple[tuple[Currency, int], ...]]) -> tuple[tuple[Currency, int], ...]:
    """Return the median of each currency over submissions of the same currencies, the lower one of two."""
    quoted = [dict(each) for each in submissions]
    return tuple(
        (currency, sorted(each[currency] for each in quoted)[(len(quoted) - 1) // 2])
        for currency, _ in submissions[0]
    )


def outliers(
    rates: tuple[tuple[Currency, int], ...], submissions: Sequence[Submission], bound_bp: int
) -> tuple[tuple[MemberId, Currency, int], ...]:
    """Name (member, currency, rate) of what was submitted further than `bound_bp` basis points from the median."""
    fixed = dict(rates)
    return tuple(
        (each.member, currency, rate)
        for each in submissions
        for currency, rate in each.rates
        if abs(rate - fixed[currency]) * 10_000 > bound_bp * fixed[currency]
    )


def evolve_submitted(state: State, event: FixingsSubmitted) -> None:
    """Keep a member's latest rates."""
    state.submissions.put(event.member, Submission(event.member, event.date, event.rates))


def evolve_agreed(state: State, event: FixingsAgreed) -> None:
    """Put the fixings in force."""
    for currency, rate in event.rates:
        state.fixings.put(currency, FixedRate(currency, rate, event.date))


def prices(state: State) -> dict[Currency, int]:
    """Return the price of one minor unit of each currency that has a fixing in force.

    In parts of 10^-13 of the numeraire. A fixing is in force on its date and for `max_age_days` after.
    """
    oldest = state.day.date.toordinal() - state.charter.rules.fixing.max_age_days
    return {
        each.currency: basket.price_of(each.rate, _decimals(state.charter, each.currency))
        for each in state.fixings.records()
        if each.date.toordinal() >= oldest
    }


def _decimals(charter: Charter, currency: Currency) -> int:
    issuer = charter.issuer(currency)
    assert issuer is not None, "a currency that has a fixing has its issuer in the charter"
    return issuer.decimals


def value_of(state: State, amount: int, currency: Currency) -> int | None:
    """Return what minor units of a currency are worth in hundredths of the unit, cut towards zero.

    None when the charter has no unit, or no fixing is in force for the currency or one of the basket.
    """
    priced = prices(state)
    unit = basket.unit_price(state.charter.rules.fixing, priced)
    if unit is None or currency not in priced:
        return None
    return basket.value_at(amount, priced[currency], unit)


def amount_of(state: State, value: int, currency: Currency) -> int | None:
    """Return how many minor units of a currency are worth `value` hundredths of the unit; None as in `value_of`."""
    priced = prices(state)
    unit = basket.unit_price(state.charter.rules.fixing, priced)
    if unit is None or currency not in priced:
        return None
    return basket.amount_at(value, priced[currency], unit)
