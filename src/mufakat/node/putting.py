"""How parts of files become commands: what goes together, in which order, and who says it."""

from collections.abc import Iterator, Sequence

from mufakat.gateway.document import Item, Part
from mufakat.model.command import (
    CancelPayment,
    ObligationItem,
    PaymentOrder,
    RegisterObligations,
    ReturnPayment,
    SubmitPayments,
)
from mufakat.model.identifier import Bic
from mufakat.model.record import batch

Speech = SubmitPayments | RegisterObligations | ReturnPayment | CancelPayment


def turn(item: Item) -> int:
    """Say when an item's turn comes within a group: obligations, then payments, then what is about payments."""
    if isinstance(item, ObligationItem):
        return 0
    return 1 if isinstance(item, PaymentOrder) else 2


def command_of(items: Sequence[Item], signers: tuple[Bic, ...] = ()) -> Speech:
    """Make one command of items of one kind; a return or a cancellation is a command by itself."""
    first = items[0]
    if isinstance(first, ReturnPayment | CancelPayment):
        assert len(items) == 1, "it is a command by itself"
        return first
    orders = tuple(item for item in items if isinstance(item, PaymentOrder))
    if orders:
        return batch(orders, signers)
    return RegisterObligations(tuple(item for item in items if isinstance(item, ObligationItem)))


def chains(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts of a file in order, those together that are linked."""
    found: list[list[Part]] = []
    is_open = False
    for part in parts:
        if is_open:
            found[-1].append(part)
        else:
            found.append([part])
        is_open = part.linked
    return found


def chunks(asked: Sequence[dict[bytes, Item]], most: int) -> Iterator[dict[bytes, Item]]:
    """Give items of whole chains, so many at most where no single chain is longer; one where it must be alone."""
    chunk: dict[bytes, Item] = {}
    for chain in asked:
        alone = any(turn(item) > 1 for item in chain.values())
        if chunk and (alone or len(chunk) + len(chain) > most):
            yield chunk
            chunk = {}
        chunk.update(chain)
    if chunk:
        yield chunk
