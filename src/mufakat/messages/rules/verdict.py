"""The verdict on one file: can it be opened, does it fit its schema, and what do the rules find.

Any file: a message of ISO 20022 in any wrapper, a trade document, a table of the union. All that is wrong is found,
not the first of it: rules look at a message that breaks its schema too. The official rules of invoices look
where the caller gives what runs them.
"""

from typing import Final

import msgspec
from lxml import etree

from mufakat.messages import facts
from mufakat.messages.envelope import ISO, definition_of, hidden, parse, parts
from mufakat.messages.fault import MALFORMED, Fault, told
from mufakat.messages.rules.reading import Message
from mufakat.messages.rules.registry import SETS, findings, fitting
from mufakat.messages.rules.rule import Finding, Rule, Severity
from mufakat.messages.rules.schematron import ENDED, HERE, Sheets
from mufakat.messages.schema import Element, path_of, violations
from mufakat.messages.tabular import read_obligations_csv, read_payments_csv
from mufakat.messages.trade.standard import TAKEN, fitted

_BLANK: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""What may stand before a file's first word: marks of UTF-8 and UTF-16, and space."""
_HEAD: Final = 4_096


def _at_opening(number: str, title: str, source: str) -> Rule:
    return Rule(id=f"MUF-{number}", title=title, code=MALFORMED, source=source)


SAFE: Final = _at_opening(
    "FILE-01", "The file is one safe, well-formed document", "XML 1.0; no DOCTYPE, UTF-8 or UTF-16"
)
PLAIN: Final = _at_opening(
    "FILE-02",
    "A payment has no comments or processing instructions",
    "a comment splits a value: 1<!---->5 is 15 to one program and 1 to another",
)
SINGLE: Final = _at_opening(
    "FILE-03", "A file holds one document, and one header at most", "the union's intake"
)
KNOWN: Final = _at_opening(
    "FILE-04",
    f"The message is one that is known, or a trade document: {TAKEN}",
    "ISO 20022 catalogue; OASIS UBL; UN/CEFACT",
)
ROW: Final = _at_opening("FILE-05", "Each row of a table can be read", "the union's tables; RFC 4180")
SCHEMA: Final = _at_opening(
    "XSD-01", "The message fits its official schema", "ISO 20022 catalogue; OASIS UBL; UN/CEFACT"
)
OPENING: Final = (SAFE, PLAIN, SINGLE, KNOWN, ROW, SCHEMA, HERE, ENDED)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one file: `message` is its definition or kind, `sets` the rules that looked at it."""

    message: str
    sets: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """Tell whether nothing but warnings was found."""
        return all(each.severity is not Severity.ERROR for each in self.findings)


def verdict(data: bytes, sets: tuple[str, ...] | None = None, sheets: Sheets | None = None) -> Verdict:
    """Check a file; `sets` are the names of the rules, none for the schema alone, None for those that fit.

    `sheets` runs the official rules of invoices; without it they do not look.
    """
    if not data.lstrip(_BLANK).startswith(b"<") and data.strip():
        return _of_table(data)
    root = parse(data)
    if isinstance(root, Fault):
        return Verdict(message="", sets=(), findings=(_of_fault(SAFE, root),))
    documents, headers = parts(root)
    if not documents and not headers:
        return _of_other(root, sets, sheets)
    wrong = _unsafe(root) + _not_one(documents, headers)
    names: list[str] = []
    used: dict[str, None] = {}
    for header in headers:
        wrong += _of_schema(etree.QName(header).namespace.removeprefix(ISO), header)
    for document in documents:
        definition = definition_of(document)
        if definition is None:
            wrong.append(_unknown(document))
            continue
        names.append(definition)
        wrong += _of_schema(definition, document)
        if sets is None or sets:
            message = Message(document, definition, headers[0] if len(headers) == 1 else None)
            chosen = fitting(message) if sets is None else tuple(name for name in sets if name in SETS)
            used.update(dict.fromkeys(chosen))
            wrong += findings(message, chosen)
    return Verdict(message=" ".join(names), sets=tuple(used), findings=_in_order(wrong))


def _in_order(wrong: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(wrong, key=lambda each: (each.line or 0, each.rule)))


def _finding(rule: Rule, text: str, line: int | None, path: str) -> Finding:
    return Finding(rule=rule.id, severity=rule.severity, code=rule.code, line=line, path=path, text=text)


def _of_fault(rule: Rule, fault: Fault) -> Finding:
    return _finding(rule, fault.text, fault.line, fault.path)


def _unsafe(root: Element) -> list[Finding]:
    unseen = hidden(root)
    if unseen is None:
        return []
    what = "comment" if unseen.tag is etree.Comment else "processing instruction"
    text = f"A {what} is not taken in a payment message: it can split a value. Remove it."
    return [_finding(PLAIN, text, unseen.sourceline, "")]


def _not_one(documents: list[Element], headers: list[Element]) -> list[Finding]:
    found = [
        _finding(
            SINGLE,
            f"This is one of several {what}. Send each in a file of its own.",
            each.sourceline,
            path_of(each),
        )
        for what, elements in (("documents", documents), ("headers", headers))
        for each in elements[1:]
    ]
    if not documents:
        at = headers[0]
        found.append(
            _finding(
                SINGLE, "The header stands alone. Send it with its document.", at.sourceline, path_of(at)
            )
        )
    return found


def _unknown(element: Element) -> Finding:
    name = etree.QName(element)
    what = f"{told(name.localname)} of {told(name.namespace)}" if name.namespace else told(name.localname)
    text = (
        f"{what} is no message that is known here. Send one of the ISO 20022 catalogue, under its namespace, or "
        f"a trade document: {TAKEN}."
    )
    return _finding(KNOWN, text, element.sourceline, path_of(element))


def _of_schema(module: str, element: Element) -> list[Finding]:
    """Return all breaches of an element's schema."""
    if module not in facts.modules():
        return [_unknown(element)]
    prefix = path_of(element)[: -len(etree.QName(element).localname) - 1]
    return [
        _finding(SCHEMA, f"{each.text} Correct it by the schema of {module}.", each.line, prefix + each.path)
        for each in violations(module, element)
    ]


def _of_other(root: Element, sets: tuple[str, ...] | None, sheets: Sheets | None) -> Verdict:
    """Check a document that is none of ISO 20022, such as an invoice, by the version of its schema that it fits."""
    found = fitted(root)
    if found is None:
        inside = next(root.iter("Document", "{*}Document"), None)
        blamed = root if inside is None else inside
        return Verdict(message="", sets=(), findings=(_unknown(blamed),))
    standard, wrong = found
    broken = _of_schema(standard, root) if wrong is not None else []
    looked, official = ((), []) if sheets is None else sheets.findings(root, sets)
    return Verdict(message=standard, sets=looked, findings=_in_order(broken + official))


def _of_table(data: bytes) -> Verdict:
    """Check a table of payments or obligations, by the names of its columns."""
    columns = data.lstrip(_BLANK)[:_HEAD].split(b"\n", 1)[0].strip().lower().split(b",")
    if b"uetr" in columns:
        kind, faults = "payments", read_payments_csv(data)[1]
    elif b"due" in columns:
        kind, faults = "obligations", read_obligations_csv(data)[1]
    else:
        text = "This is neither XML nor a table of payments (uetr, ...) or of obligations (id, ..., due). Send one."
        return Verdict(message="", sets=(), findings=(_finding(KNOWN, text, 1, ""),))
    wrong = (msgspec.structs.replace(_of_fault(ROW, each), code=each.code) for each in faults)
    return Verdict(message=f"table of {kind}", sets=(), findings=tuple(wrong))
