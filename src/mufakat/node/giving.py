"""What is given on to the other bank of a payment: transfers that settled, returns, recalls, what was said of them.

Each is made from the message in the vault and what the log's views say, so it can be made at any time. The vault
notes which parts were given on, once their files are there: after a stop in between they are written again, as the
same files with the same identifiers.
"""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from mufakat.gateway.document import kind_of
from mufakat.gateway.outbound import iso_time
from mufakat.gateway.practice import CLEARING_SYSTEM
from mufakat.messages.onward import GIVEN_ON, Excerpt, Leg, excerpts, write_onward
from mufakat.model.money import format_amount
from mufakat.node.access import UnionNode
from mufakat.node.outgoing import Outgoing
from mufakat.node.standing import Standing
from mufakat.vault.details import Vault


class Giving:
    """What one node gives on."""

    def __init__(self, node: UnionNode, vault: Vault, outgoing: Outgoing) -> None:
        self._node: Final = node
        self._vault: Final = vault
        self._outgoing: Final = outgoing
        self._given: list[tuple[bytes, int]] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make what is written meanwhile durable at the end, and note then what of it was given on."""
        if self._given is not None:
            yield
            return
        given = self._given = []
        try:
            with self._outgoing.together():
                yield
        finally:
            self._given = None
        self._vault.give(given)

    def give(self, whole: bytes, definition: str, standings: Collection[Standing]) -> int:
        """Give on the parts of a message that go on as they stand and were not given on before; return how many.

        `standings` are those of its parts, in order. What is provisional is not given on.
        """
        if kind_of(definition) not in GIVEN_ON or self._node.provisional:
            return 0
        due = {number for number, each in enumerate(standings) if each.goes_to is not None}
        due -= self._vault.given(whole) if due else set()
        if not due or self._vault.label(whole) is None:
            return 0
        going = ((number, each) for number, each in enumerate(standings) if number in due)
        with self.together(), self._vault.message(whole) as message:
            assert self._given is not None, "it is noted at the end"
            for excerpt, (number, each) in zip(excerpts(message, definition, due), going, strict=True):
                assert excerpt.number == number, "both are in order"
                self._write(whole, excerpt, each)
                self._given.append((whole, number))
        return len(due)

    def _write(self, whole: bytes, excerpt: Excerpt, standing: Standing) -> None:
        receiver, kind = standing.goes_to, kind_of(excerpt.definition)
        assert receiver is not None, "it goes to somebody"
        path = self._outgoing.path(kind, receiver, f"{whole.hex()[:16]}-{excerpt.number}")
        if self._outgoing.is_there(path):
            return
        name = hashlib.sha256(whole + excerpt.number.to_bytes(8, "big")).hexdigest()
        at_us = standing.since_us or self._node.now_us()
        leg = self._leg(f"GV{name[:30].upper()}", standing, at_us)
        definition = self._outgoing.preferences.of(receiver).definition(kind)
        written, document = write_onward(excerpt, leg, definition)
        speaker = self._outgoing.speaker(receiver, standing.currency)
        self._outgoing.write(path, [document], speaker, receiver, written, leg.message_id, at_us)

    def _leg(self, message_id: str, standing: Standing, at_us: int) -> Leg:
        assert standing.goes_to is not None, "it goes to somebody"
        preference = self._outgoing.preferences.of(standing.goes_to)
        leg = Leg(
            message_id=message_id,
            created=iso_time(at_us),
            receiver=standing.goes_to,
            settled_on=standing.told.settled_on,
            system=CLEARING_SYSTEM,
        )
        issuer = self._node.charter.issuer(standing.currency or "")
        if issuer is None:
            return leg
        if standing.settled is not None:
            leg = msgspec.structs.replace(leg, settled=format_amount(standing.settled, issuer.decimals))
        if preference.practice == "CBPR+":
            leg = msgspec.structs.replace(leg, system=None, instructing=issuer.bic)
        return leg
