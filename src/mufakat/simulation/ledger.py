"""A made-up union whose banks pay each other gross all day, to measure a ledger: commands of packed payments.

Two members and their banks; all hold one currency, so much of it that no payment ever waits. The same seed gives
the same payments. The keys are those of demonstrations: anybody can derive them.
"""

import datetime
import itertools
from collections.abc import Iterator
from typing import Final

import numpy as np
from stdnum.iso7064 import mod_97_10

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.model.calendar import Phase
from mufakat.model.charter import Charter, Genesis, KeyGrant, Member, Role, Rules, union_id
from mufakat.model.command import (
    AnyCommand,
    DeclarePhase,
    Instruction,
    IssueMoney,
    OpenAccount,
    RegisterParticipant,
    SubmitPayments,
    encode,
    signed_by,
)
from mufakat.model.event import AnyEvent, UnionFounded
from mufakat.model.identifier import Bic, Currency, Lei, MemberId
from mufakat.model.money import Amount
from mufakat.model.record import RECORD_BYTES
from mufakat.model.signing import Domain, public_key, sign
from mufakat.projections.rows import Entry
from mufakat.simulation.founding import private_key

DATE: Final = datetime.date(2026, 11, 24)
NOON_US: Final = 1_795_521_600_000_000
"""Noon of the day, UTC microseconds."""
CURRENCY: Final = Currency("IDR")
MOST_A_BATCH: Final = 8_190
_MEMBERS: Final = ("QM", "QN")
_BANKS: Final = 100
_OPENING: Final = Amount(10**14)
_MOST: Final = 1_000
"""Minor units of one payment at most."""
_VALID_US: Final = 86_400_000_000
_LAYOUT: Final = np.dtype(
    [
        ("uetr", "u1", 16),
        ("details", "V32"),
        ("debtor", "S11"),
        ("currency", "S3"),
        ("channel_and_priority", "V2"),
        ("creditor", "S11"),
        ("zero", "V1"),
        ("value_date", "<u4"),
        ("amount", "<i8"),
        ("terms", "V40"),
    ]
)
assert _LAYOUT.itemsize == RECORD_BYTES, "the layout is model.record's"


def genesis(seed: int) -> Genesis:
    """Return the union's founding, signed by both members."""
    members = tuple(
        Member(
            id=MemberId(name),
            name=f"Central Bank {number}",
            bic=Bic(f"CBNK{name}A1XXX"),
            lei=_lei(number),
            currency=Currency(currency),
            decimals=2,
            max_payment=Amount(10**12),
            holidays=(),
            keys=_keys(seed, name, Role.SUBMIT, Role.VOTE),
        )
        for number, (name, currency) in enumerate(zip(_MEMBERS, (CURRENCY, "MYR"), strict=True))
    )
    charter = Charter("Ledger", members, Rules(day_quorum=2, four_eyes=(), max_batch_items=MOST_A_BATCH))
    message = union_id(charter)
    signatures = tuple(sign(private_key(seed, name, Role.VOTE), Domain.CHARTER, message) for name in _MEMBERS)
    return Genesis(charter, signatures)


def _keys(seed: int, author: str, *roles: Role) -> tuple[KeyGrant, ...]:
    return tuple(KeyGrant(public_key(private_key(seed, author, role)), (role,)) for role in roles)


def _lei(number: int) -> Lei:
    stem = f"9845{number:014d}"
    return Lei(stem + mod_97_10.calc_check_digits(stem))


def published(seed: int, batches: int) -> Iterator[tuple[Entry, tuple[AnyEvent, ...]]]:
    """Give each entry of the union with its events: genesis, its opening, and so many of the largest batches."""
    payers, made = Payers(seed), genesis(seed)
    state = apply.found(made)
    assert isinstance(state, State), "the made-up union is founded"
    yield Entry(0, NOON_US, b""), (UnionFounded(made.charter),)
    commands = itertools.chain(payers.founding(), (payers.command(MOST_A_BATCH) for _ in range(batches)))
    for number, data in enumerate(commands, start=1):
        at_us = NOON_US + number
        yield Entry(number, at_us, data), apply.execute(state, data, at_us)[1]


class Payers:
    """The members and banks of the union, each with its next sequence number."""

    def __init__(self, seed: int) -> None:
        self._seed: Final = seed
        self._union: Final = union_id(genesis(seed).charter)
        self._banks: Final = tuple(Bic(f"B{number:03}QMA1XXX") for number in range(_BANKS))
        self._chance: Final = np.random.default_rng(seed)
        self._sequences: Final[dict[str, int]] = {}
        self._turn = 0

    def founding(self) -> Iterator[bytes]:
        """Give the commands that bring the union from genesis to its open day."""
        issuer = _MEMBERS[0]
        for number, bank in enumerate(self._banks):
            yield self._say(
                issuer, RegisterParticipant(bank, _lei(100 + number), _keys(self._seed, bank, Role.SUBMIT))
            )
            yield self._say(issuer, OpenAccount(bank, CURRENCY))
            yield self._say(issuer, IssueMoney(bank, CURRENCY, _OPENING))
        for member in _MEMBERS:
            yield self._say(member, DeclarePhase(DATE, Phase.OPEN))

    def command(self, payments: int) -> bytes:
        """Return the next command, of the bank whose turn it is, with so many payments of value date DATE."""
        bank = self._banks[self._turn % _BANKS]
        self._turn += 1
        return self._say(bank, SubmitPayments(self._records(bank, payments)))

    def _records(self, bank: Bic, payments: int) -> bytes:
        records = np.zeros(payments, _LAYOUT)
        uetr = self._chance.integers(0, 256, (payments, 16), np.uint8)
        uetr[:, 6] = uetr[:, 6] & 0x0F | 0x40
        uetr[:, 8] = uetr[:, 8] & 0x3F | 0x80
        records["uetr"] = uetr
        records["debtor"] = bank
        records["currency"] = CURRENCY
        others = np.array([each for each in self._banks if each != bank], "S11")
        records["creditor"] = others[self._chance.integers(0, len(others), payments)]
        records["value_date"] = DATE.toordinal()
        records["amount"] = self._chance.integers(1, _MOST, payments)
        return records.tobytes()

    def _say(self, author: str, body: AnyCommand) -> bytes:
        private = private_key(self._seed, author, Role.SUBMIT)
        public = public_key(private)
        sequence = self._sequences[author] = self._sequences.get(author, 0) + 1
        instruction = Instruction(
            self._union, author, public, sequence, NOON_US - _VALID_US, NOON_US + _VALID_US, body
        )
        return encode(signed_by(instruction, (public, private)))
