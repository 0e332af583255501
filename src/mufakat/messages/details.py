"""What an account's entry tells of its transaction: copied from the message that asked for it, as TxDtls.

Copied is all that both messages have a place for: parties with their accounts, ultimate parties, agents, charges,
purpose, local instrument, remittance information. A piece that a version of the report cannot hold as it came is
left out; the others stay.
Rule source: ISO 20022 message definition reports; EntryTransaction10 of camt.052, camt.053 and camt.054.
"""

import itertools
from collections.abc import Iterator
from typing import Final

import msgspec
from lxml import etree

from mufakat.messages import markup
from mufakat.messages.elements import Children
from mufakat.messages.envelope import ISO
from mufakat.messages.onward import Excerpt
from mufakat.messages.schema import Element, violation

_PARTIES: Final = ("InitgPty", "Dbtr", "DbtrAcct", "UltmtDbtr", "Cdtr", "CdtrAcct", "UltmtCdtr")
_AGENTS: Final = ("DbtrAgt", "CdtrAgt", "IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3")
_TRANSFERS: Final = ("pacs.008", "pacs.009")
_COVERED: Final = "UndrlygCstmrCdtTrf"
_NOTIFICATION: Final = "camt.054.001."
"""The report against whose schema each piece is held; entries are the same in all three of one version."""


class Details(msgspec.Struct, frozen=True):
    """What is told of a transaction beside its references: whole elements of a report's version, in its order."""

    pieces: tuple[str, ...] = ()


def agents(debtor: str, creditor: str) -> Details:
    """Tell the agents, by their BICs, where the message itself is not there any more."""
    told = markup.agent("DbtrAgt", debtor) + markup.agent("CdtrAgt", creditor)
    return Details((f"<RltdAgts>{told}</RltdAgts>",))


def details(excerpt: Excerpt, definition: str) -> Details:
    """Tell all of a transfer that a report of `definition` can hold."""
    if excerpt.definition[:8] not in _TRANSFERS:
        return Details()
    (own,) = (each for each in excerpt.document[0] if etree.QName(each).localname == "CdtTrfTxInf")
    return Details(_fitting(definition, list(_pieces(Children(own), list(own)))))


def _pieces(own: Children, children: list[Element]) -> Iterator[str]:
    """Give the pieces in the order of a report's transaction; `children` has repeated ones too."""
    covered = own.below(_COVERED)
    instructed = f"<InstdAmt>{_as('Amt', own['InstdAmt'])}</InstdAmt>" if "InstdAmt" in own else ""
    yield f"<AmtDtls>{instructed}<TxAmt>{_as('Amt', own['IntrBkSttlmAmt'])}</TxAmt></AmtDtls>"
    bearer = own.text("ChrgBr")
    charges = [Children(each) for each in children if each.tag.endswith("}ChrgsInf")]
    if charges:
        yield f"<Chrgs>{''.join(_charge(each, bearer) for each in charges)}</Chrgs>"
    parties = "".join(_party(name, own[name]) for name in _PARTIES if name in own)
    yield f"<RltdPties>{parties}</RltdPties>"
    told = "".join(_as(name, own[name]) for name in _AGENTS if name in own)
    if told:
        yield f"<RltdAgts>{told}</RltdAgts>"
    for name, place in (("LclInstrm", own.below("PmtTpInf")), ("Purp", own)):
        if name in place:
            yield _as(name, place[name])
    yield from (_as("RltdRmtInf", each) for each in children if each.tag.endswith("}RltdRmtInf"))
    remittance = own.get("RmtInf", covered.get("RmtInf"))
    if remittance is not None:
        yield _as("RmtInf", remittance)
    if "IntrBkSttlmDt" in own:
        yield f"<RltdDts>{_as('IntrBkSttlmDt', own['IntrBkSttlmDt'])}</RltdDts>"


def _charge(of: Children, bearer: str | None) -> str:
    told = f"<Br>{bearer}</Br>" if bearer else ""
    return f"<Rcrd>{_as('Amt', of['Amt'])}{told}{_as('Agt', of['Agt'])}</Rcrd>"


def _party(name: str, element: Element) -> str:
    """Write a party as what it is: an agent where it is an institution, an account as it is."""
    if name.endswith("Acct"):
        return _as(name, element)
    inner = "Agt" if "FinInstnId" in Children(element) else "Pty"
    return f"<{name}>{_as(inner, element)}</{name}>"


def _as(name: str, element: Element) -> str:
    """Write an element under another name, in no namespace of its own."""
    attributes = "".join(f' {key}="{markup.escape(value)}"' for key, value in element.attrib.items())
    inner = "".join(_as(etree.QName(each).localname, each) for each in element)
    return f"<{name}{attributes}>{inner or markup.escape(element.text or '')}</{name}>"


def _fitting(definition: str, pieces: list[str]) -> tuple[str, ...]:
    """Return the pieces that the version has a place for: all of them at once, or each by itself."""
    version = _NOTIFICATION + definition[-2:]
    if violation(version, _holding(version, pieces)) is None:
        return tuple(pieces)
    return tuple(each for each in pieces if violation(version, _holding(version, [each])) is None)


def _holding(version: str, pieces: list[str]) -> Element:
    moment, code = "2000-01-01T00:00:00Z", "<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>"
    text = itertools.chain(
        (f'<Document xmlns="{ISO}{version}"><BkToCstmrDbtCdtNtfctn>',),
        (f"<GrpHdr><MsgId>X</MsgId><CreDtTm>{moment}</CreDtTm></GrpHdr><Ntfctn><Id>X</Id>",),
        ('<Acct><Id><Othr><Id>X</Id></Othr></Id></Acct><Ntry><Amt Ccy="XXX">0</Amt>',),
        (f"<CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>{code}<NtryDtls><TxDtls>",),
        pieces,
        ("</TxDtls></NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>",),
    )
    return etree.fromstring("".join(text))
