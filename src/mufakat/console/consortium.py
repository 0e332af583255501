"""Tables of a union's nodes on the terminal."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from rich import box
from rich.table import Table
from rich.text import Text

from mufakat.node.status import NodeStatus


def statuses(nodes: Sequence[NodeStatus]) -> Table:
    """Return a row for each node: is it up, how far is it, and is its history the others'."""
    table = Table(box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("member", "node", "block", "age", "entries", "state root", "peers", "validators"):
        table.add_column(heading, justify="right" if heading in {"block", "age", "entries"} else "left")
    for each in nodes:
        table.add_row(
            each.member,
            _condition(each),
            f"{each.block:,}",
            "" if each.block_age_seconds is None else f"{each.block_age_seconds:,} s",
            _entries(each),
            f"{each.state_root[:16]}…" if each.state_root else "",
            ", ".join(each.peers),
            ", ".join(each.validators),
        )
    return table


def _entries(status: NodeStatus) -> str:
    behind = status.entries - status.shown
    if behind <= 0:
        return f"{status.entries:,}"
    lag = (
        f", {status.behind_payments:,} payments, {status.behind_seconds:,} s"
        if status.behind_payments
        else ""
    )
    return f"{status.entries:,}, {behind:,} not yet shown{lag}"


class History(Protocol):
    """What is compared of a history: where it lies, how long it is, and its roots in hex."""

    @property
    def where(self) -> str:
        """The member, or `embedded`."""

    @property
    def entries(self) -> int:
        """Its entries."""

    @property
    def batches(self) -> int:
        """Its batches."""

    @property
    def state_root(self) -> str:
        """The root over its state."""


def histories(rows: Sequence[History]) -> Table:
    """Return a row for each history, with its whole state root."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("history", "entries", "blocks", "state root"):
        table.add_column(
            heading, justify="right" if heading in {"entries", "blocks"} else "left", no_wrap=True
        )
    for each in rows:
        table.add_row(each.where, f"{each.entries:,}", f"{each.batches:,}", each.state_root)
    return table


def _condition(node: NodeStatus) -> Text:
    if node.problem:
        return Text("stopped" if node.up else "down", "red")
    return Text("catching up", "yellow") if node.catching_up else Text("up", "green")


def partings(nodes: Sequence[NodeStatus]) -> list[str]:
    """Say where histories of one length are not one; who is behind is compared when it is there."""
    found: dict[int, dict[tuple[str, str], list[str]]] = {}
    for each in nodes:
        if each.entries:
            roots = each.state_root, each.tree_root
            found.setdefault(each.entries, {}).setdefault(roots, []).append(each.member)
    return [
        f"histories differ after {entries:,} entries: "
        + " / ".join(f"{', '.join(members)} at {roots[0][:16]}…" for roots, members in parted.items())
        for entries, parted in found.items()
        if len(parted) > 1
    ]


def evidence(nodes: Sequence[NodeStatus]) -> Iterator[str]:
    """Give a sentence for each thing that nodes saw a validator do wrong."""
    for node in nodes:
        for seen in node.evidence:
            who = seen.get("member") or seen.get("validator") or seen.get("proposer")
            yield f"{node.member} saw {who}: {seen['kind']} at block {seen['height']} ({seen['what']})"
