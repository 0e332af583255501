"""What must always hold of payments that wait: their order, their times, the limits, and what is paid in parts."""

from collections.abc import Callable
from typing import Final

from mufakat.core.limits import terms_of
from mufakat.core.state import PaymentStatus, State
from mufakat.model.calendar import Phase


def queues_stand_in_their_order(state: State) -> list[str]:
    """Each queue goes by priority, and within one by place; each place was given out once."""
    wrong: list[str] = []
    places: set[int] = set()
    for account, line in state.queues.items():
        payments = [state.payments[uetr] for uetr in line if uetr in state.payments]
        keys = [(-each.priority, each.place) for each in payments]
        if keys != sorted(keys):
            wrong.append(f"{account}: out of order")
        for each in payments:
            if each.place in places or not 0 <= each.place < state.arrivals:
                wrong.append(f"{each.order.uetr}: place {each.place} is another's, or nobody's")
            places.add(each.place)
    return wrong


def nothing_waits_past_its_latest_time(state: State) -> list[str]:
    """What waits has its latest time before it; while the union is halted, nothing ends."""
    if state.halted:
        return []
    waiting = [uetr for line in state.queues.values() for uetr in line] + list(state.waiting)
    return [
        f"{uetr}: until {payment.latest_us}, now {state.now_us}"
        for uetr in waiting
        if (payment := state.payments.get(uetr)) is not None and 0 < payment.latest_us < state.now_us
    ]


def limits_hold(state: State) -> list[str]:
    """No more is used of a limit than it is."""
    return [
        f"{terms.account}: {limit.used} of {limit.most} towards {limit.counterparty or 'all'}"
        for terms in state.queue_terms.records()
        for limit in terms_of(state, terms.account).limits
        if limit.used > limit.most
    ]


def parts_are_less_than_the_whole(state: State) -> list[str]:
    """Of a payment that was paid in parts, something is left until it settles; only divisible ones have parts."""
    return [
        f"{uetr}: {payment.paid} of {payment.order.amount} paid, {payment.status.name}"
        for uetr, payment in state.payments.items()
        if payment.paid
        and (
            not 0 < payment.paid < payment.order.amount
            or not payment.order.divisible
            or payment.status is PaymentStatus.ACCEPTED
        )
    ]


def what_is_earmarked_is_reserved(state: State) -> list[str]:
    """On each account as much is earmarked as open reservations say; none outlives its time or its business day."""
    earmarked: dict[int, int] = {}
    wrong = []
    for each in state.reservations.all():
        earmarked[each.debit] = earmarked.get(each.debit, 0) + each.amount
        if state.day.phase is Phase.CLOSED or 0 < each.latest_us < state.now_us:
            wrong.append(f"{each.uetr}: reserved until {each.latest_us}, now {state.now_us}")
    return wrong + [
        f"{account.id}: earmarked {account.earmarked}, reserved {earmarked.get(account.row, 0)}"
        for account in state.accounts.records()
        if account.earmarked != earmarked.get(account.row, 0)
    ]


QUEUE_INVARIANTS: Final[tuple[Callable[[State], list[str]], ...]] = (
    queues_stand_in_their_order,
    nothing_waits_past_its_latest_time,
    limits_hold,
    parts_are_less_than_the_whole,
    what_is_earmarked_is_reserved,
)
