"""A batch of payment records on arrays: how many from a place on take effect at once, and what that changes.

The law is `core.payment`, one payment at a time, and `core.chain`; here the kernel finds the longest run of records
with which they would do nothing but move money and earmark it. Where accounts stand, and whether payments over them
can settle, is looked up once: the latter until anything but money moves (`Accounts.forget_usable`).
"""

from typing import Final

import numpy as np

from mufakat.core.accounts import Account
from mufakat.core.register import REASON_AT
from mufakat.core.reservations import Reservation
from mufakat.core.standing import refuse_counterparty, refuse_currency
from mufakat.core.state import PaymentStatus, State
from mufakat.kernels import posting
from mufakat.model.calendar import Phase
from mufakat.model.event import PaymentsSettled, RecordsPosted
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.record import RECORD_BYTES
from mufakat.model.refusal import Reason

LEAST: Final = 8
"""Batches with fewer payments are dealt with one at a time: that is sooner done."""
_FLAGS: Final = 13
"""The word of a record with its flags."""
_STATUS_OF: Final = np.array((Status.SETTLED, Status.RESERVED, Status.SETTLED, Status.VOIDED), np.uint8)
_ONE: Final = np.uint64(1)
_ACTIONS: Final = np.uint64(3)


class Run:
    """The records of one command, with their accounts and what is known of their identifiers."""

    def __init__(self, state: State, signers: tuple[str, ...], records: bytes) -> None:
        self._state: Final = state
        self._records: Final = records
        self._located: Final = locate(state, records)
        words, accounts = self._located.records, state.accounts
        known = state.register.seen(words)
        state.reservations.note(words, known)
        first = np.empty(len(words), np.int32)
        posting.repeated(words, accounts.names.key, np.zeros(_power_above(2 * len(words)), np.int32), first)
        self._said: Final = posting.Said(known, first)
        self._actions: Final = words[:, _FLAGS] >> _ONE & _ACTIONS
        self._is_plain: Final = not self._actions.any()
        rows = self._located.accounts
        for row in rows[accounts.usable[rows] == posting.UNKNOWN].tolist():
            _look(state, row)
        self._own: Final = np.array([accounts.owner_of(row) in signers for row in rows.tolist()], np.int8)

    def end(self, begin: int) -> int:
        """Return up to which record, from `begin`, each takes effect at once."""
        state, accounts = self._state, self._state.accounts
        if state.day.phase is not Phase.OPEN:
            return begin
        rows, size = self._located.accounts, 0 if self._is_plain else len(self._actions)
        return posting.decide(
            self._located,
            begin,
            self._said,
            posting.Terms(state.day.date.toordinal(), state.now_us, MAX_AMOUNT),
            posting.Columns(
                accounts.balances[rows],
                accounts.held[rows],
                accounts.most[rows],
                accounts.usable[rows],
                accounts.queued[rows],
                self._own,
            ),
            posting.Scratch(np.full(size, posting.UNKNOWN), np.empty(size, np.int32)),
            state.reservations.index,
        )

    def event(self, begin: int, end: int) -> PaymentsSettled | RecordsPosted:
        """Return the event in which records take effect, and keep where they belong for when it is evolved."""
        records = self._records[begin * RECORD_BYTES : end * RECORD_BYTES]
        of = self._located
        part = posting.Located(
            of.records[begin:end],
            of.debited[begin:end],
            of.credited[begin:end],
            of.accounts,
            of.payer[begin:end],
            of.payee[begin:end],
        )
        self._state.located = records, part
        return RecordsPosted(records) if self._actions[begin:end].any() else PaymentsSettled(records)

    def statuses(self, begin: int, end: int) -> bytes:
        """Return the statuses of records that took effect, a byte each."""
        statuses: bytes = _STATUS_OF[self._actions[begin:end]].tobytes()
        return statuses


def locate(state: State, records: bytes) -> posting.Located:
    """Return records as words, and the rows of the accounts that they debit and credit."""
    words = np.frombuffer(records, np.uint64).reshape(-1, posting.WORDS)
    debited, credited, payer, payee = np.empty((4, len(words)), np.int32)
    accounts = np.empty(min(2 * len(words), len(state.accounts)), np.int32)
    posting.locate(words, state.accounts.names, debited, credited)
    marks = state.accounts.marks
    count = posting.number(debited, payer, accounts, 0, marks)
    count = posting.number(credited, payee, accounts, count, marks)
    marks[accounts[:count]] = 0
    return posting.Located(words, debited, credited, accounts[:count], payer, payee)


def post(state: State, records: bytes) -> None:
    """Let records take effect: money and what is earmarked moves, and what is over enters the register."""
    kept, state.located = state.located, None
    located = kept[1] if kept is not None and kept[0] is records else locate(state, records)
    accounts, reservations, count = state.accounts, state.reservations, len(located.records)
    actions = located.records[:, _FLAGS] >> _ONE & _ACTIONS
    is_plain = not actions.any()
    if not is_plain:
        reservations.make_room(count)
    rows, touched = np.empty((count, posting.ROW_WORDS), np.uint64), np.empty(count, np.int32)
    ends = int(PaymentStatus.SETTLED), int(PaymentStatus.VOIDED)  # another type would be compiled anew
    over = posting.post(located, *ends, _book(state), rows, touched)
    state.register.append(rows[:over])
    accounts.book(located.accounts)
    state.arrivals += count if is_plain else int(np.count_nonzero(actions <= _ONE))
    if not is_plain:
        reservations.touch(touched)


def release(state: State, reservation: Reservation, reason: Reason) -> None:
    """Reject what is reserved: what it earmarked is free, and its payment in the register."""
    numbers, rows = np.array([reservation.number], np.int32), np.empty((1, posting.ROW_WORDS), np.uint64)
    end = PaymentStatus.REJECTED | reason << REASON_AT
    posting.free(numbers, state.day.date.toordinal(), end, _book(state), rows)
    state.register.append(rows)
    state.accounts.book(np.array([reservation.debit], np.int32))
    state.reservations.touch(numbers)


def _book(state: State) -> posting.Book:
    accounts, reservations = state.accounts, state.reservations
    return posting.Book(
        accounts.balances, accounts.earmarked, accounts.held, reservations.index, reservations.marks
    )


def _look(state: State, row: int) -> None:
    """Look whether payments over an account can settle today, and how large they may be."""
    account = state.accounts.at(row)
    state.accounts.usable[row] = _is_usable(state, account)
    issuer = state.charter.issuer(account.currency)
    state.accounts.most[row] = min(MAX_AMOUNT, issuer.max_payment) if issuer is not None else 0


def _is_usable(state: State, account: Account) -> bool:
    issuer = state.charter.issuer(account.currency)
    terms = state.queue_terms.get(account.id)
    return (
        not account.closed
        and not (terms is not None and terms.limits)
        and issuer is not None
        and account.owner in state.participants
        and refuse_counterparty(state, account.owner) is None
        and refuse_currency(state, issuer) is None
        and state.charter.settles(account.currency, state.day.date)
    )


def _power_above(number: int) -> int:
    return 1 << max(4, number.bit_length())
