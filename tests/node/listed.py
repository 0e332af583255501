"""A small union with a list in force, payments to who is listed, and what the log has of them."""

from pathlib import Path

from mufakat.model import command as c
from mufakat.model.listing import Alias, BringList, Entry, Kind
from mufakat.model.outcome import Outcome
from tests.node.conftest import Small, message, transaction
from tests.union import TUESDAY

BANK = "LUALQMA0XXX"
LISTED = Entry(id="1", kind=Kind.ENTITY, names=(Alias("KARET TERLARANG TRADING"),))
OTHER = Entry(id="2", kind=Kind.ENTITY, names=(Alias("KARET UTAMA"),))
SHIP = Entry(id="3", kind=Kind.VESSEL, names=(Alias("SOMEBODY ELSE"),), identifiers=("IMO 9319466",))
NAME = "Karet Terlarang Trading"


def bring(small: Small, *entries: Entry, name: str = "un", member: str = "QM", base: bytes = b"") -> None:
    outcome = small.session.say(member, BringList(name, TUESDAY, base, entries))
    assert outcome.refusal is None, outcome


def payment_to(small: Small, name: str, number: int = 0, **kwargs: str) -> Path:
    text = message(transaction(number, **kwargs)).replace("<Nm>Karet Utama</Nm>", f"<Nm>{name}</Nm>")
    return small.file(f"p{number}.xml", text.replace("LUAL-2026-0001", f"LUAL-{number}"))


def say(small: Small, author: str, body: c.AnyCommand) -> Outcome:
    outcome = small.session.say(author, body)
    assert outcome.refusal is None, outcome
    return outcome


def bodies(small: Small, kind: type) -> list[c.AnyCommand]:
    return [
        found.instruction.body
        for entry in small.node.log()
        if (found := c.decode(entry.command)) is not None and isinstance(found.instruction.body, kind)
    ]
