"""A file to a trade document, of whatever standard that is taken.

Comments stand in real documents and are passed over, but not inside a value, which they would split.
"""

from lxml import etree

from mufakat.messages import fault
from mufakat.messages.envelope import parse
from mufakat.messages.fault import Fault, told
from mufakat.messages.trade import cii, ubl
from mufakat.messages.trade.document import TradeDocument
from mufakat.messages.trade.standard import CII, KINDS, TAKEN, fitted
from mufakat.messages.trade.values import fault_at


def read_trade_document(data: bytes) -> TradeDocument | Fault:
    """Read a trade document.

    Returns a Fault when the file is not safe XML, is another document, breaks the schema, or does not say in plain
    digits of one currency what is to be paid (a negative amount is owed the other way round).
    """
    root = parse(data)
    if isinstance(root, Fault):
        return root
    name, found = etree.QName(root).localname, fitted(root)
    if found is None or (name != CII and name not in KINDS):
        return fault_at(
            root, fault.MALFORMED, f"{told(name)} is no trade document that is taken. Taken are {TAKEN}."
        )
    unseen = root.iter(etree.Comment, etree.PI, etree.Entity)
    for parent in dict.fromkeys(node.getparent() for node in unseen):
        if parent is not None and next(parent.iterchildren(etree.Element), None) is None:
            return fault_at(parent, fault.MALFORMED, "A comment splits a value. Remove it.")
    standard, wrong = found
    if wrong is not None:
        return Fault(code=fault.MALFORMED, text=wrong.text, line=wrong.line, path=wrong.path)
    return cii.read(root, standard) if name == CII else ubl.read(root, KINDS[name], standard)
