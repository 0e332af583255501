"""A batch of payment records on arrays: how many from a place on settle at once, and what that changes.

The law is `core.payment`, one payment at a time; here the kernel finds the longest run of payments with which the
law would do nothing but move money. Eligibility of accounts is looked up once and kept until anything but money
moves (`Accounts.forget_usable`).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from mufakat.core.accounts import Account
from mufakat.core.standing import refuse_counterparty, refuse_currency
from mufakat.core.state import PaymentStatus, State
from mufakat.kernels import posting
from mufakat.model.calendar import Phase
from mufakat.model.money import MAX_AMOUNT

LEAST: Final = 8
"""Batches with fewer payments are dealt with one at a time: that is sooner done."""


class Run:
    """The records of one command, with the rows of their accounts."""

    def __init__(self, state: State, author: str, records: bytes) -> None:
        self._state: Final = state
        self._author: Final = np.frombuffer(author.encode().ljust(16, b"\0")[:16], np.uint64)
        self._records, self._debited, self._credited = located(state, records)
        self._generations = state.register.generations
        self._old = state.register.old(self._records)
        rows = np.unique(np.concatenate((self._debited, self._credited)))
        rows = rows[rows >= 0]
        for row in rows[state.accounts.usable[rows] == posting.UNKNOWN].tolist():
            _look(state, row)

    def end(self, begin: int) -> int:
        """Return up to which record, from `begin`, each settles at once."""
        state, accounts, register = self._state, self._state.accounts, self._state.register
        if state.day.phase is not Phase.OPEN:
            return begin
        if register.generations != self._generations:
            self._generations, self._old = register.generations, register.old(self._records)
        return posting.plain_prefix(
            self._records,
            begin,
            self._debited,
            self._credited,
            posting.Terms(self._author, state.day.date.toordinal(), MAX_AMOUNT),
            posting.Columns(
                accounts.balances.copy(), accounts.held, accounts.most, accounts.usable, accounts.queued
            ),
            register.known(self._old),
            np.zeros(_power_above(2 * (len(self._records) - begin)), np.int32),
        )


def located(
    state: State, records: bytes
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return records as words, shape (n, 16), and the rows of their debit and credit accounts."""
    words = np.frombuffer(records, np.uint64).reshape(-1, posting.WORDS)
    debited, credited = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    posting.locate(words, state.accounts.names, debited, credited)
    return words, debited, credited


def post(state: State, records: bytes) -> None:
    """Move the money of records that settle at once, and enter them in the register."""
    words, debited, credited = located(state, records)
    state.register.post(words, debited, credited, PaymentStatus.SETTLED, state.accounts.balances)
    state.accounts.book(np.unique(np.concatenate((debited, credited))).tolist())
    state.arrivals += len(words)


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
