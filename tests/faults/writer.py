"""Submit groups of payments without end, and print the hash of each command only once its group is acknowledged.

Run by test_kill with a home and a seed. Every third group also saves a snapshot, and few settled payments stay in
memory, so that kills fall into all that is done with those.
"""

import hashlib
import itertools
import random
import sys
from pathlib import Path

from mufakat.core import register
from mufakat.model import command as c
from mufakat.model.record import batch
from mufakat.model.signing import public_key
from mufakat.node import saving
from mufakat.node.embedded import Node
from tests.union import A1, A2, NOON_US, TUESDAY, private, uetr

HOUR_US = 3_600_000_000


def payment(node: Node, ahead: int) -> bytes:
    """A payment whose number follows from the journal: a writer that comes back goes on where it is."""
    number = node.entries + ahead
    debtor, creditor = (A1, A2) if number % 2 else (A2, A1)
    key = private(debtor, "submit")
    public = public_key(key)
    # Of a group that alternates, every other command is this debtor's.
    sequence = node.next_sequence(public) + ahead // 2
    details = bytes(32)
    order = c.PaymentOrder(uetr(number), debtor, creditor, "IDR", 1, TUESDAY, c.Channel.RTGS, details)
    body = batch((order,))
    instruction = c.Instruction(node.union, debtor, public, sequence, NOON_US, NOON_US + HOUR_US, body)
    return c.encode(c.signed_by(instruction, (public, key)))


def write(home: Path, seed: int) -> None:
    chance = random.Random(seed)
    register.GENERATION, saving.PAYMENTS = 50, 500
    with Node.open(home, lambda: NOON_US + HOUR_US // 2) as node:
        for turn in itertools.count():
            group = [payment(node, ahead) for ahead in range(chance.choice((1, 2, 8, 40)))]
            outcomes = node.submit(group)
            assert all(each.refusal is None for each in outcomes), outcomes
            for command in group:
                sys.stdout.write(hashlib.sha256(command).hexdigest() + "\n")
            sys.stdout.flush()
            if turn % 3 == 2:
                node.save_snapshot()


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
