"""Reconciling what was registered on the island, when the quorum is back: put to it in order, compared, proved.

What is on the log already is not put there twice, whenever the work was broken off: every form in which a command
was ever signed is kept before anybody else sees it, and is looked for on the log first.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from mufakat.journal.durable import write_whole
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.outcome import Outcome
from mufakat.model.refusal import Reason
from mufakat.node import proving
from mufakat.node.abci.query import Told
from mufakat.node.access import ProvableNode
from mufakat.node.consortium import NotCommitted
from mufakat.node.home import Home
from mufakat.node.island import IslandStore, Reconciled, Registered


class Quorum(Protocol):
    """What reconciling asks of a node whose quorum is back."""

    def told(self, digest: bytes) -> Told | None:
        """Return the entry and outcome of the command with this SHA-256, or None while it is not on the log."""

    def next_sequence(self, public: bytes) -> int:
        """Return the next sequence number of a key."""

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Put commands to the union; raises NotCommitted when no quorum committed them in time."""


Resign = Callable[[c.Instruction], bytes]
"""Signs a command anew, with the sequence and time that are right now."""


def reconcile(store: IslandStore, node: Quorum, resign: Resign) -> Iterator[Reconciled]:
    """Put what waits to the quorum, in order, and compare; raises NotCommitted when the quorum is not back.

    A command whose signature has run out, or whose sequence number was used meanwhile, is signed anew: the same
    body. Not both can come: the new form has the sequence number of the old one, or that one's is used up.
    """
    for each in store.waiting():
        final, entry = _put(store, node, each, resign)
        store.settle(each.number, outcomes.encode(final), entry)
        yield Reconciled(each, final, entry)


def _put(store: IslandStore, node: Quorum, each: Registered, resign: Resign) -> tuple[Outcome, int | None]:
    """Bring one command to the log, or find it there; returns its outcome, and its entry if it has one."""
    forms = [each.data, *store.signed_anew(each.number)]
    # Asked before the log is looked at: a number used by then is another command's, or the form is on the log.
    answer, is_next = None, _is_next(node, forms[-1])
    found = _on_log(node, forms)
    if found is None and is_next:
        answer = _submit(node, forms[-1])
        found = _on_log(node, forms)
    if found is None:
        forms.append(resign(each.instruction))
        store.sign_anew(each.number, forms[-1])
        answer = _submit(node, forms[-1]) or answer
        found = _on_log(node, forms)
    if found is not None:
        return outcomes.decode(found.outcome), found.entry
    if answer is None:
        raise NotCommitted("others use the same key meanwhile; reconcile again when they have done")
    return answer, None


def _submit(node: Quorum, data: bytes) -> Outcome | None:
    """Put one form of a command; returns None when another command took its sequence number meanwhile."""
    try:
        outcome = node.submit([data])[0]
    except NotCommitted:
        if _is_next(node, data):
            raise
        return None
    if outcome.refusal is not None and outcome.refusal.reason is Reason.UNION_HALTED:
        raise NotCommitted(f"{outcome.refusal.text} Then reconcile again; what waits here is kept.")
    return outcome


def _on_log(node: Quorum, forms: Sequence[bytes]) -> Told | None:
    told = (node.told(hashlib.sha256(data).digest()) for data in forms)
    return next((found for found in told if found is not None), None)


def _is_next(node: Quorum, data: bytes) -> bool:
    """Tell whether a command follows its key's last one; one that would come later would wait for ever."""
    signed = c.decode(data)
    assert signed is not None, "the island keeps what it signed"
    return node.next_sequence(signed.instruction.key) == signed.instruction.sequence


def write_proofs(store: IslandStore, node: ProvableNode, home: Home) -> Iterator[Path]:
    """Write a proof of each command that is on the log and has none here yet; raises as `proving.prove_entry`."""
    unproved = store.unproved()
    if not unproved:
        return
    chain = proving.Chain(home, proving.founding_charter(node))
    for number, entry in unproved:
        data, _ = proving.prove_entry(node, entry, chain.witness)
        path = home.out / "proofs" / f"entry-{entry}.json"
        write_whole(path, data)
        store.prove(number, path)
        yield path
