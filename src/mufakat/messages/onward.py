"""Messages given on to the other bank: one transaction of a message as it came, with what the next leg changes.

Everything of a transaction goes on as it came, in its order: parties, references, charges, purposes, remittance,
supplementary data. Changed is what belongs to a leg: the message's identifier and time, who instructs whom, how
and when the amount between banks was settled; what a group header states for all goes to the transaction. A
message is read from bytes, in two passes, so that a large one is never in memory as a whole.
Rule source: ISO 20022 message definition reports; HVPS+ and CBPR+ usage guidelines (one transaction a message,
agents and settlement date in the transaction).
"""

import io
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from typing import Any, Final

import msgspec
from lxml import etree

from mufakat.messages.envelope import ISO, decoded, is_part, parse, parts
from mufakat.messages.fault import Fault
from mufakat.messages.initiation import ORDER, transfers_of
from mufakat.messages.pieces import Piece, Source, is_large, pieces
from mufakat.messages.schema import Element, violation

_TRANSACTIONS: Final = {
    "pacs.008": ("FIToFICstmrCdtTrf", "CdtTrfTxInf"),
    "pacs.009": ("FICdtTrf", "CdtTrfTxInf"),
    "pacs.004": ("PmtRtr", "TxInf"),
    "camt.056": ("Undrlyg", "TxInf"),
    "camt.029": ("CxlDtls", "TxInfAndSts"),
    "pacs.002": ("FIToFIPmtStsRpt", "TxInfAndSts"),
    "pain.013": ("PmtInf", "CdtTrfTx"),
    "pain.014": ("OrgnlPmtInfAndSts", "TxInfAndSts"),
}
"""The element of one transaction in each kind of message that is given on, and the one that it stands in."""
_GROUPS: Final = frozenset({"Undrlyg", "CxlDtls", "PmtInf", "OrgnlPmtInfAndSts"})
"""Those that are groups of transactions within the message, not the message."""
GIVEN_ON: Final = frozenset({*_TRANSACTIONS, ORDER})
"""The kinds of messages that are given on: an order as the transfers that it asks for."""
_AFTER_AGENTS: Final = (
    *(f"IntrmyAgt{number}{account}" for number in (1, 2, 3) for account in ("", "Acct")),
    *("UltmtDbtr", "InitgPty", "Dbtr"),
    *("RtrChain", "RtrRsnInf", "OrgnlTxRef", "SplmtryData"),
)
"""Before the first of these, in a transfer or a return, stand InstgAgt and InstdAgt."""
_PREVIOUS: Final = ("PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3")
_OF_ONE_LEG: Final = (
    *("BtchBookg", "CtrlSum", "GrpRtr", "TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt"),
    *("IntrBkSttlmDt", "PmtTpInf", "InstgAgt", "InstdAgt"),
)
"""What of a group header is about the group, or goes to the transaction."""


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """The leg on which a message goes on. `receiver` is a BIC, `created` an ISO date and time.

    `settled_on` (ISO date) and `settled` (decimal text, when not the whole amount) say what was settled. `system`
    is the clearing system that settled it, None on a leg whose practice knows none: then the method is INGA, and
    `instructing` (a BIC), in whose books it was settled, instructs.
    """

    message_id: str
    created: str
    receiver: str
    settled_on: str | None = None
    settled: str | None = None
    system: str | None = None
    instructing: str | None = None


class Excerpt(msgspec.Struct, frozen=True):
    """One transaction of a message, with what stands around it. `document` holds it alone; elements of lxml."""

    number: int
    definition: str
    document: Any


def excerpts(message: Source, definition: str, wanted: Collection[int]) -> Iterator[Excerpt]:
    """Give transactions of a message by number, from 0 on, each with what the message says around them."""
    if not is_large(message):
        message.seek(0)
        yield from _excerpts(message.read(), definition, wanted)
        return
    frame = None
    for piece in pieces(message):
        assert isinstance(piece, Piece), "what is given on was read before"
        frame = piece
    assert frame is not None, "a message has a piece, and the last has what stands around all"
    around = _frame(_text(frame.data), definition)
    for piece in pieces(message):
        assert isinstance(piece, Piece), "it was one a moment ago"
        here = {number for number in range(piece.count) if piece.first + number in wanted}
        for excerpt in _excerpts(piece.data, definition, here, around) if here else ():
            yield msgspec.structs.replace(excerpt, number=piece.first + excerpt.number)


def _text(data: bytes) -> bytes:
    text = decoded(data)
    assert not isinstance(text, Fault), "what is given on was read before"
    return text


def _excerpts(
    data: bytes, definition: str, wanted: Collection[int], around: Element | None = None
) -> Iterator[Excerpt]:
    if definition.startswith(ORDER):
        for transfer in transfers_of(_document(data), wanted):
            yield Excerpt(*transfer)
        return
    text = _text(data)
    frame = _frame(text, definition) if around is None else around
    for number, transaction in enumerate(_each(text, definition)):
        if number in wanted:
            document = deepcopy(frame)
            (place,) = _in(document, definition)
            group = place.getparent()
            if group is not document[0]:  # a group of its own within the message
                for told in [each for each in group if each is not place]:
                    group.remove(told)
                for told in transaction.itersiblings(preceding=True):
                    if told.tag != place.tag:
                        group.insert(0, deepcopy(told))
            group.replace(place, deepcopy(transaction))
            yield Excerpt(number, definition, document)


def write_onward(excerpt: Excerpt, leg: Leg, definition: str) -> tuple[str, bytes]:
    """Write a message that goes on, in the version `definition`, or in its own where that cannot hold all of it.

    Returns the version and the bare Document.
    """
    kind = excerpt.definition[:8]
    change = _CHANGES[kind]
    for version in dict.fromkeys((definition, excerpt.definition)):
        document = _of_version(excerpt.document, excerpt.definition, version)
        change(document[0], kind, leg)
        if violation(version, document) is None:
            body: bytes = etree.tostring(document, encoding="UTF-8", xml_declaration=False)
            return version, b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"
    raise AssertionError(f"a {excerpt.definition} that was taken cannot be given on")


def _in(document: Element, definition: str) -> list[Element]:
    """Return the transactions of a document."""
    parent, name = (f"{{{ISO}{definition}}}{each}" for each in _TRANSACTIONS[definition[:8]])
    body = document[0]
    groups = [body] if body.tag == parent else body.iterchildren(parent)
    return [each for group in groups for each in group.iterchildren(name)]


def _is_own(element: Element, definition: str) -> bool:
    """Tell whether an element is a transaction of the message itself.

    Supplementary data and a header's signature can hold anything, a transaction of the same name too.
    """
    parent, _ = _TRANSACTIONS[definition[:8]]
    node = element.getparent()
    if node is None or node.tag != f"{{{ISO}{definition}}}{parent}":
        return False
    if parent in _GROUPS:
        node = node.getparent()
    document = None if node is None else node.getparent()
    if document is None or document.tag != f"{{{ISO}{definition}}}Document":
        return False
    return not any(is_part(each.tag) for each in document.iterancestors())


def _each(text: bytes, definition: str) -> Iterator[Element]:
    """Give each transaction; those that were given are forgotten, but for an empty one in each group."""
    _, name = (f"{{{ISO}{definition}}}{each}" for each in _TRANSACTIONS[definition[:8]])
    events = etree.iterparse(
        io.BytesIO(text), tag=name, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    for _, element in events:
        if _is_own(element, definition):
            yield element
            element.clear()
            while (before := element.getprevious()) is not None and before.tag == name:
                element.getparent().remove(before)


def _frame(text: bytes, definition: str) -> Element:
    """Return the document without its transactions: one empty one is left where they were."""
    root = None
    for element in _each(text, definition):
        root = element.getroottree().getroot()
    assert root is not None, "a message that was taken has a transaction"
    (document,), _ = parts(root)
    _, *others = _in(document, definition)
    for empty in others:  # each in a group of its own, which comes back with its transactions
        document[0].remove(empty.getparent())
    frame = etree.Element(document.tag, nsmap=document.nsmap)
    frame.append(deepcopy(document[0]))
    return frame


def _document(data: bytes) -> Element:
    """Return the document of a message that was taken, whatever envelope it came in."""
    root = parse(data)
    assert not isinstance(root, Fault), "what is given on was read before"
    (document,), _ = parts(root)
    return document


def _of_version(document: Element, old: str, new: str) -> Element:
    """Copy a document into the namespace of another version; elements of other namespaces stay as they are."""
    before, after = f"{{{ISO}{old}}}", f"{{{ISO}{new}}}"
    if old == new and [prefix for prefix, uri in document.nsmap.items() if uri == before[1:-1]] == [None]:
        same = deepcopy(document)
        for element in same.iter(f"{before}*"):
            element.tail = None
            if len(element):
                element.text = None
        return same
    copy = etree.Element(f"{after}Document", nsmap=_others(document, before) | {None: after[1:-1]})
    _fill(copy, document, before, after)
    return copy


def _others(element: Element, before: str) -> dict[str | None, str]:
    """Return the other namespaces that an element knows: text can name them too."""
    return {prefix: uri for prefix, uri in element.nsmap.items() if prefix and uri != before[1:-1]}


def _fill(copy: Element, element: Element, before: str, after: str) -> None:
    copy.text = element.text if len(element) == 0 else None
    for child in element:
        if child.tag.startswith(before):
            tag = after + child.tag[len(before) :]
            twin = etree.SubElement(copy, tag, dict(child.attrib), nsmap=_others(child, before))
            _fill(twin, child, before, after)
        else:
            foreign = deepcopy(child)
            foreign.tail = None
            copy.append(foreign)


def _settle(body: Element, kind: str, leg: Leg) -> None:
    """Say how a payment or return was settled, and between whom the message goes."""
    ns = body.tag[: body.tag.index("}") + 1]
    group, transaction = body[0], body.find(ns + _TRANSACTIONS[kind][1])
    _put_text(group, ns, "MsgId", leg.message_id)
    _put_text(group, ns, "CreDtTm", leg.created)
    _put_text(group, ns, "NbOfTxs", "1")
    if transaction.find(f"{ns}PmtTpInf") is None and (kind_of := group.find(f"{ns}PmtTpInf")) is not None:
        _amount(ns, transaction).addprevious(kind_of)
    sender = _agent_of(ns, group, transaction, "InstgAgt")
    receiver = _agent_of(ns, group, transaction, "InstdAgt")
    if receiver is None or not _is(ns, receiver, leg.receiver):
        receiver = _agent(ns, "InstdAgt", leg.receiver)
    if leg.instructing is not None and _is_kept(ns, transaction, sender):
        sender = _agent(ns, "InstgAgt", leg.instructing)
    for agent in (sender, receiver):
        if agent is not None:
            _put_before(ns, transaction, agent)
    for name in _OF_ONE_LEG:
        for stated in group.findall(ns + name):
            group.remove(stated)
    _put_method(ns, group.find(f"{ns}SttlmInf"), leg.system)
    _put_amount(ns, transaction, leg)


def _put_text(parent: Element, ns: str, name: str, text: str) -> None:
    parent.find(ns + name).text = text


def _agent(ns: str, name: str, bic: str) -> Element:
    agent = etree.Element(ns + name)
    etree.SubElement(etree.SubElement(agent, f"{ns}FinInstnId"), f"{ns}BICFI").text = bic
    return agent


def _agent_of(ns: str, group: Element, transaction: Element, name: str) -> Element | None:
    """Take an agent out of where it stands: the transaction, or else the group header."""
    for parent in (transaction, group):
        found = parent.find(ns + name)
        if found is not None:
            parent.remove(found)
            return found
    return None


def _is(ns: str, agent: Element, bic: str) -> bool:
    """Tell whether an agent has this BIC (11 characters), of which the last three may be missing."""
    told: str = agent.findtext(f"{ns}FinInstnId/{ns}BICFI", "")
    return told.ljust(len(bic), "X") == bic


def _put_before(ns: str, transaction: Element, agent: Element) -> None:
    """Put an agent where the agents of the leg stand."""
    for at, child in enumerate(transaction):
        if child.tag.removeprefix(ns) in _AFTER_AGENTS:
            transaction.insert(at, agent)
            return
    transaction.append(agent)


def _is_kept(ns: str, transaction: Element, sender: Element | None) -> bool:
    """Tell whether who instructed before stays named when another does; name it where there is a place."""
    if sender is None:
        return True
    bic = sender.findtext(f"{ns}FinInstnId/{ns}BICFI")
    named = [transaction.findtext(f"{ns}{name}/{ns}FinInstnId/{ns}BICFI") for name in ("DbtrAgt", "Dbtr")]
    if bic is not None and bic in named:
        return True
    stated = {child.tag for child in transaction}
    free = [name for name in _PREVIOUS if not stated & {ns + name, f"{ns}{name}Acct"}]
    if not transaction.tag.endswith("}CdtTrfTxInf") or _PREVIOUS[-len(free) :] != tuple(free):
        return False
    previous = deepcopy(sender)
    previous.tag = ns + free[0]
    _put_before(ns, transaction, previous)
    return True


def _put_method(ns: str, settlement: Element, system: str | None) -> None:
    """Say how it was settled: by clearing in a system, or in the books of who instructs."""
    for each in list(settlement):
        settlement.remove(each)
    etree.SubElement(settlement, f"{ns}SttlmMtd").text = "INGA" if system is None else "CLRG"
    if system is not None:
        etree.SubElement(etree.SubElement(settlement, f"{ns}ClrSys"), f"{ns}Prtry").text = system


def _amount(ns: str, transaction: Element) -> Element:
    returned = transaction.find(f"{ns}RtrdIntrBkSttlmAmt")
    return transaction.find(f"{ns}IntrBkSttlmAmt") if returned is None else returned


def _put_amount(ns: str, transaction: Element, leg: Leg) -> None:
    amount = _amount(ns, transaction)
    if leg.settled is not None:
        amount.text = leg.settled
    if leg.settled_on is None:
        return
    date = transaction.find(f"{ns}IntrBkSttlmDt")
    if date is None:
        date = etree.Element(f"{ns}IntrBkSttlmDt")
        amount.addnext(date)
    date.text = leg.settled_on


def _assign(body: Element, _kind: str, leg: Leg) -> None:
    """Assign a case to the other bank; the assignment keeps its identifier and who assigned it."""
    ns = body.tag[: body.tag.index("}") + 1]
    assignment = body.find(f"{ns}Assgnmt")
    assignee = assignment.find(f"{ns}Assgne")
    for each in list(assignee):
        assignee.remove(each)
    assignee.append(_agent(ns, "Agt", leg.receiver))
    control = body.find(f"{ns}CtrlData")
    if control is not None:
        _put_text(control, ns, "NbOfTxs", "1")
        for total in control.findall(f"{ns}CtrlSum"):
            control.remove(total)


def _report(body: Element, _kind: str, leg: Leg) -> None:
    """Report to the other bank."""
    ns = body.tag[: body.tag.index("}") + 1]
    group = body[0]
    _put_text(group, ns, "MsgId", leg.message_id)
    _put_text(group, ns, "CreDtTm", leg.created)
    for transaction in body.iterchildren(f"{ns}TxInfAndSts"):
        for each in transaction.findall(f"{ns}InstdAgt"):
            transaction.remove(each)
    for each in group.findall(f"{ns}InstdAgt"):
        group.remove(each)
    sender = group.find(f"{ns}InstgAgt")
    (group.find(f"{ns}CreDtTm") if sender is None else sender).addnext(_agent(ns, "InstdAgt", leg.receiver))


def _request(body: Element, _kind: str, leg: Leg) -> None:
    """Ask, or answer, in a message of one transaction."""
    ns = body.tag[: body.tag.index("}") + 1]
    _put_text(body[0], ns, "MsgId", leg.message_id)
    _put_text(body[0], ns, "CreDtTm", leg.created)
    for count in body[0].findall(f"{ns}NbOfTxs"):
        count.text = "1"
    for level in (body[0], *body.iterchildren(f"{ns}PmtInf")):
        for total in level.findall(f"{ns}CtrlSum"):
            level.remove(total)
    for other in body.findall(f"{ns}OrgnlPmtInfAndSts"):
        if other.find(f"{ns}TxInfAndSts") is None:  # it is about another's request
            body.remove(other)


_CHANGES: Final[dict[str, Callable[[Element, str, Leg], None]]] = {
    "pacs.008": _settle,
    "pacs.009": _settle,
    "pacs.004": _settle,
    "pacs.002": _report,
    "camt.056": _assign,
    "camt.029": _assign,
    "pain.013": _request,
    "pain.014": _request,
}
"""What the next leg changes of each kind of message that is given on."""
