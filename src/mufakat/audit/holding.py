"""A holder's own list of what a cycle did with its items, held against its certificate.

The list comes from the holder's books, not from the certificate: where both come to the same figures and the same
digest, the certificate is about these items and no others. Amounts are minor units.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mufakat.audit.cycle import Holding, differences, is_member
from mufakat.messages.tabular import ItemRow
from mufakat.model.certificate import CycleItem, Kind, Leaf, Why
from mufakat.model.charter import Charter
from mufakat.model.identifier import Bic, Currency, bic
from mufakat.model.money import parse_amount
from mufakat.model.refusal import EXPLANATIONS, Reason

_NOTHING: Final = Holding((), ())


class ItemsFaulty(Exception):
    """A row of the list is no item of the holder: `line` (from 1) and `column` say which."""

    def __init__(self, line: int, column: str, text: str) -> None:
        super().__init__(f"{line}: {column}: {text}")
        self.line: Final = line
        self.column: Final = column


def holdings_of(rows: Iterable[ItemRow], charter: Charter) -> dict[Currency, Holding]:
    """Sort a list by currency and side; raises ItemsFaulty."""
    pays: dict[Currency, list[CycleItem]] = {}
    receives: dict[Currency, list[CycleItem]] = {}
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = row.participant, row.side, row.kind, row.id
        if key in seen:
            raise ItemsFaulty(row.line, "id", f"{row.id} stands on line {seen[key]} too")
        seen[key] = row.line
        item = _item(row, charter)
        (pays if row.side == "pays" else receives).setdefault(item.currency, []).append(item)
    return {each: Holding(pays.get(each, ()), receives.get(each, ())) for each in sorted({*pays, *receives})}


def _item(row: ItemRow, charter: Charter) -> CycleItem:
    issuer = charter.issuer(row.currency)
    if issuer is None:
        raise ItemsFaulty(row.line, "currency", f"no member of {charter.name} issues {row.currency}")
    set_off, netted, left_out = (
        _minor(row, name, getattr(row, name), issuer.decimals) for name in ("set_off", "netted", "left_out")
    )
    own = bic(row.participant)
    assert own is not None, "the reader of the list has looked at it"
    payer, payee = (own, Bic("")) if row.side == "pays" else (Bic(""), own)
    kind, why = Kind[row.kind.upper()], Why[row.why.upper()]
    return CycleItem(kind, row.id, payer, payee, issuer.currency, set_off, netted, left_out, why)


def _minor(row: ItemRow, column: str, text: str, decimals: int) -> int:
    amount = parse_amount(text or "0", decimals)
    if isinstance(amount, Reason):
        if amount is Reason.AMOUNT_ZERO:
            return 0
        raise ItemsFaulty(row.line, column, EXPLANATIONS[amount].text)
    return amount


def _others(leaf: Leaf, held: Mapping[Currency, Holding]) -> list[str]:
    """Name each bank of a list, when its holder is one participant and not this bank."""
    if is_member(leaf):
        return []
    banks = [item.payer for each in held.values() for item in each.pays]
    banks += [item.payee for each in held.values() for item in each.receives]
    return sorted({bank for bank in banks if bank != leaf.holder})


def faults_against(leaves: Sequence[Leaf], held: Mapping[Currency, Holding]) -> list[str]:
    """Name each figure of a certificate to which a holder's list does not come, with its currency."""
    found = [
        f"{leaf.currency}: {text}"
        for leaf in leaves
        for text in differences(leaf, held.get(Currency(leaf.currency), _NOTHING))
    ]
    certified = [leaf.currency for leaf in leaves]
    found += [f"{bank} is not the holder" for bank in _others(leaves[0], held)]
    return found + [
        f"{currency}: the list has {len(each.pays) + len(each.receives)} items, the certificate no figures"
        for currency, each in held.items()
        if currency not in certified
    ]
