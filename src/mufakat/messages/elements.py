"""What messages of banks have in common when they are read: children by name, agents, and what they refer to."""

import msgspec
from lxml import etree

from mufakat.messages import fault
from mufakat.messages.envelope import Opened, identified
from mufakat.messages.fault import Fault, Original, References
from mufakat.messages.schema import Element, path_of, violation
from mufakat.messages.versions import READ, without_uetr


class Children(dict[str, Element]):
    """Child elements by local name; of repeated ones the first. An absent one reads as None.

    They are in the namespace of their parent, as all elements of a message are but those in an envelope (Envlp).
    """

    def __init__(self, parent: Element | None) -> None:
        if parent is None:
            super().__init__()
        else:
            name = parent.tag.index("}") + 1
            super().__init__({child.tag[name:]: child for child in parent[::-1]})

    def text(self, name: str) -> str | None:
        """Return the text of a child; values hold no comments, so `text` is the whole of it."""
        child = self.get(name)
        return None if child is None else child.text

    def below(self, *names: str) -> "Children":
        """Return the children of the element down a path."""
        found = self
        for name in names:
            found = Children(found.get(name))
        return found


def texts(parent: Element) -> dict[str, str]:
    """Return the texts of child elements by local name: what an element says whose children have none."""
    name = parent.tag.index("}") + 1
    return {child.tag[name:]: child.text for child in parent}


def bic_in(agent: Element | None) -> Element | None:
    """Return the element with the BIC of an agent, None when there is no such agent or it has none.

    In every message an agent begins with FinInstnId, and that with the BIC if there is one.
    """
    if agent is None or not len(agent):
        return None
    for known in agent[0]:
        return known if known.tag.endswith("}BICFI") else None
    return None


def bic(parent: Children, name: str) -> str | None:
    """Return the BIC, as written, of the agent that a child element is."""
    found = bic_in(parent.get(name))
    return None if found is None else found.text


def assigned(parent: Children, name: str) -> str | None:
    """Return the BIC of a party of a case: an agent, or an organisation known by its BIC."""
    found = parent.below(name)
    return bic(found, "Agt") or found.below("Pty", "Id", "OrgId").text("AnyBIC")


def original_of(own: Children) -> Original | None:
    """Return the message that a transaction says it was part of, None when it does not say."""
    group = own.below("OrgnlGrpInf")
    return None if "OrgnlMsgId" not in group else original_in(group)


def original_in(group: Children) -> Original:
    """Return the message that a group of elements `Orgnl…` names."""
    created, name = group.text("OrgnlCreDtTm"), group["OrgnlMsgNmId"].text
    return Original(
        message_id=group["OrgnlMsgId"].text,
        definition=name,
        created=None if created is None else created.strip(),
    )


def originally(own: Children, group: Children | None = None) -> References:
    """Return the identifiers of the payment that a transaction is about.

    `group` has what is said of all transactions, such as the message that they were part of.
    """
    return References(
        instruction_id=own.text("OrgnlInstrId"),
        end_to_end_id=own.text("OrgnlEndToEndId"),
        tx_id=own.text("OrgnlTxId"),
        uetr=own.text("OrgnlUETR"),
        original=original_of(own) or (original_in(group) if group else None),
    )


def canonical(element: Element) -> bytes:
    """Return what an element says: its content, but for space between elements."""
    return b" ".join(etree.tostring(element, method="c14n", with_tail=False).split())


def breach_of(opened: Opened) -> Fault | None:
    """Refuse a message of a version that is not read, or that breaks its schema."""
    definition = opened.definition
    read = READ.get(definition[:8], ())
    if definition not in read:
        if without_uetr(definition):
            text = (
                f"{definition} has no place for a UETR, by which the union knows a payment. Send {read[0]}."
            )
            return refusal_at(opened, fault.MISSING, text, opened.document)
        taken = f"; {read[0]} to {read[-1][-3:]} are. Send one of those" if read else " here"
        return refusal_at(opened, fault.MALFORMED, f"{definition} is not taken{taken}.", opened.document)
    wrong = violation(definition, opened.document)
    if wrong is None:
        return None
    whole = refusal_at(opened, fault.MALFORMED, wrong.text, opened.document)
    return msgspec.structs.replace(whole, line=wrong.line, path=wrong.path)


def miscounted(opened: Opened, stated: Element, number: int) -> Fault | None:
    """Refuse a message whose NbOfTxs is not the number of its transactions (ISO 20022)."""
    if int(stated.text) == number:
        return None
    text = f"NbOfTxs says {stated.text} but the message holds {number} transactions. Correct it."
    return refusal_at(opened, fault.COUNT, text, stated)


def refusal_at(opened: Opened, code: str, text: str, at: Element) -> Fault:
    """Return a fault at an element, with whatever identifiers the message lets read."""
    return identified(Fault(code=code, text=text, line=at.sourceline, path=path_of(at)), opened.document)
