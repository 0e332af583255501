"""A cycle's certificates from a node's own copy: recomputed from its items, and made into files for their holders.

A certificate leaves here only after it was checked as its reader will check it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from mufakat.audit import certificate as files
from mufakat.audit import cycle as audit
from mufakat.audit.certificate import Certificate, CertificateRefused, MemberSignature, Proven, Verdict
from mufakat.audit.quorum import Hex
from mufakat.messages.tabular import ITEM_COLUMNS
from mufakat.model import command as c
from mufakat.model.certificate import KIND_WORDS, WHY_WORDS, CycleItem, Leaf, figures, leaf_bytes
from mufakat.model.charter import Charter, union_id
from mufakat.model.merkle import inclusion_proof, leaf_hash
from mufakat.model.money import format_amount
from mufakat.node.access import ProvableNode
from mufakat.node.proving import NotProvable, founding_charter
from mufakat.projections import certificate as views
from mufakat.projections.certificate import CertifiedView
from mufakat.projections.dialect import Sql

_MOST_NAMED: Final = 3


def recompute(sql: Sql, charter: Charter, cycle: int) -> CertifiedView:
    """Return a cycle's root once this copy's items and postings have come to it too.

    Raises NotProvable when no such cycle has run, CertificateRefused when they come to another, with the figures.
    """
    certified = views.certified(sql, cycle)
    if certified is None:
        raise NotProvable(f"no cycle {cycle} has run; `mufakat cycle run` runs the next one")
    items = views.items(sql, cycle)
    for fault in views.amounts_that_differ(sql, cycle):
        raise CertificateRefused(f"cycle {cycle}: {fault}")
    books = audit.Books(
        cycle=cycle,
        date=certified.date,
        items=items,
        postings=[audit.Posting(*each) for each in views.postings(sql, certified.entry)],
        sponsors=views.sponsors(sql),
        issuers={member.currency: member.id for member in charter.members},
    )
    leaves = audit.recomputed(books)
    if audit.root_of(cycle, leaves) != certified.root:
        told = "; ".join(_differences(views.leaves(sql, cycle), leaves)[:_MOST_NAMED])
        raise CertificateRefused(
            f"cycle {cycle}: the items and postings of this copy do not come to the root {certified.root.hex()}"
            f" ({told or 'the figures agree, their order or number does not'}). "
            "Sign nothing; verify the journal: mufakat verify"
        )
    return certified


def _differences(kept: Iterable[Leaf], made: Iterable[Leaf]) -> list[str]:
    by_holder = {(leaf.holder, leaf.currency): dict(figures(leaf)) for leaf in made}
    found = []
    for leaf in kept:
        own = by_holder.pop((leaf.holder, leaf.currency), {})
        found += [
            f"{leaf.holder} {leaf.currency} {name}: {said}, and recomputed {own.get(name, 'nothing')}"
            for name, said in figures(leaf)
            if own.get(name) != said
        ]
    return found + [f"{holder} {currency}: has no certificate" for holder, currency in by_holder]


def certificate_of(node: ProvableNode, cycle: int, holder: str) -> tuple[bytes, Verdict]:
    """Make the certificate of a participant (BIC) or member for a cycle that is attested.

    Returns its file and what it shows. Raises NotProvable, CertificateRefused, and what the node raises.
    """
    sql = node.views.sql
    certified = recompute(sql, node.charter, cycle)
    leaves = views.leaves(sql, cycle)
    places = [place for place, leaf in enumerate(leaves) if leaf.holder == holder]
    if not places:
        raise NotProvable(f"cycle {cycle} did nothing for {holder}: nothing of it was due or set off")
    if certified.attested is None:
        signed = ", ".join(each.member for each in views.signatures(sql, cycle)) or "nobody yet"
        raise NotProvable(
            f"cycle {cycle} is not attested: {node.charter.rules.day_quorum} members sign it, so far {signed}; "
            f"each does so with: mufakat cycle certify {cycle}"
        )
    hashes = [leaf_hash(leaf_bytes(leaf)) for leaf in leaves]
    charter = founding_charter(node)
    data = files.encode(
        Certificate(
            format=files.FORMAT,
            union=Hex(union_id(charter)),
            cycle=cycle,
            holder=holder,
            currencies=tuple(
                Proven(leaves[place], place, tuple(map(Hex, inclusion_proof(hashes, place))))
                for place in places
            ),
            leaves=len(leaves),
            root=Hex(certified.root),
            signatures=tuple(_signature(node, each) for each in views.signatures(sql, cycle)),
        )
    )
    return data, files.check(data, charter)


def _signature(node: ProvableNode, view: views.SignatureView) -> MemberSignature:
    included = node.included(view.entry)
    signed = c.decode(included.command) if included is not None else None
    if signed is None:
        raise NotProvable(
            f"entry {view.entry}, the signature of {view.member}, is not in this node's journal"
        )
    own = signed.signatures[0]
    return MemberSignature(
        view.member, Hex(own.key), Hex(c.signing_bytes(signed.instruction)), Hex(own.signature)
    )


def items_of(sql: Sql, cycle: int, holder: str) -> dict[str, audit.Holding]:
    """Return the items of a holder in a cycle, by currency."""
    sponsors = views.sponsors(sql)
    items = views.items(sql, cycle)
    pays = [each for each in items if holder in (each.payer, sponsors.get(each.payer))]
    receives = [each for each in items if holder in (each.payee, sponsors.get(each.payee))]
    return {
        currency: audit.Holding(
            [each for each in pays if each.currency == currency],
            [each for each in receives if each.currency == currency],
        )
        for currency in sorted({each.currency for each in (*pays, *receives)})
    }


def items_csv(held: dict[str, audit.Holding], charter: Charter) -> bytes:
    """Write a holder's items as CSV, as `verify-certificate --items` reads it back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ITEM_COLUMNS)
    for currency in sorted(held):
        issuer = charter.issuer(currency)
        decimals = issuer.decimals if issuer is not None else 0
        for side, items in (("pays", held[currency].pays), ("receives", held[currency].receives)):
            writer.writerows(_rows(items, side, decimals))
    return text.getvalue().encode()


def _rows(items: Sequence[CycleItem], side: str, decimals: int) -> Iterable[tuple[str, ...]]:
    for item in items:
        bank = item.payer if side == "pays" else item.payee
        amounts = (format_amount(each, decimals) for each in (item.set_off, item.netted, item.left_out))
        kind, why = KIND_WORDS[item.kind], WHY_WORDS[item.why]
        yield bank, side, kind, item.id, item.currency, *amounts, why
