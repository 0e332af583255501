"""Write the reference pages from the program itself, so that they cannot say anything else.

Usage: python tools/reference.py docs/reference
"""

import inspect
import sys
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec
import typer.main

from mufakat.audit import certificate, proof, quorum, staterecord
from mufakat.cli.commands import app
from mufakat.core.state import PARTS
from mufakat.gateway.inbound import FLOWS, UNANSWERED
from mufakat.gateway.outbound import WITHDRAWN
from mufakat.gateway.rulebook import UNION_RULES, identifier
from mufakat.messages.fault import CODES
from mufakat.messages.rules import official
from mufakat.messages.rules.registry import ABOUT, ALWAYS, SETS
from mufakat.messages.rules.rule import Rule
from mufakat.messages.rules.verdict import OPENING
from mufakat.messages.trade.standard import CII, KINDS
from mufakat.messages.versions import IN_FORCE, READ, WRITTEN
from mufakat.model import certificate as figures
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import record
from mufakat.model.refusal import EXPLANATIONS
from mufakat.model.trade import TradeKind

CHANGES_HEAD = """
## Changes that can be proposed

The `change` of a `Propose`. The class says who must agree: own, the member alone; ordinary and constitutional, more than the
charter's part of the members entitled; unanimity, all. As JSON a change is a list of its tag and its fields, such as
`[5, "QN"]` to suspend QN.
"""
COMMANDS_HEAD = """# Commands

Options before the command: `--home FOLDER` (or `MUFAKAT_HOME`; `union` if neither is given), `--passphrase-file FILE` (or
`MUFAKAT_PASSPHRASE_FILE`; for encrypted keys a terminal asks if neither is given) and `--version`.
Exit codes: 0 done, 1 refused by the rules or failed, 2 wrong usage, 7 a journal, a proof or a certificate fails, 130 stopped by
Ctrl-C.
"""
REASONS_HEAD = """# Reasons

Why the rules refuse. Numbers are permanent and in order of precedence. The code is what a pacs.002 carries
(ISO 20022 ExternalStatusReason1Code).

| number | reason | code | what to do |
|---|---|---|---|
"""
SIGNED_HEAD = """# Signed commands

What a member or participant can tell the union; `mufakat tell AUTHOR NAME field=value ...` signs and submits any of them.
Amounts are minor units.
"""


def commands() -> str:
    """Describe each command with its arguments and options."""
    group = typer.main.get_command(app)
    return COMMANDS_HEAD + "".join(_described(group, ()))


def _described(group: click.Command, path: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name, command in sorted(getattr(group, "commands", {}).items()):
        if hasattr(command, "commands"):
            found += _described(command, (*path, name))
            continue
        context = click.Context(command, info_name=" ".join((*path, name)))
        usage = command.get_usage(context).removeprefix("Usage: ")
        found.append(f"\n## {' '.join((*path, name))}\n\n{command.help}\n\n    mufakat {usage}\n")
        rows = [record for each in command.params if (record := each.get_help_record(context)) is not None]
        if rows:
            found.append("\n" + "".join(f"- `{names}`: {text}\n" for names, text in rows))
    return found


def reasons() -> str:
    """List each reason with its number, code and words."""
    rows = [
        f"| {reason:d} | {reason.name} | {each.code} | {each.text} |\n"
        for reason, each in EXPLANATIONS.items()
    ]
    return REASONS_HEAD + "".join(sorted(rows, key=lambda row: int(row.split("|")[1])))


def signed_commands() -> str:
    """List each command's tag and fields."""
    parts = [SIGNED_HEAD]
    for kind in c.AnyCommand.__args__:
        fields = ", ".join(f"`{name}`" for name in kind.__struct_fields__)
        parts.append(
            f"\n## {kind.__name__}, tag {kind.__struct_config__.tag}\n\n{inspect.getdoc(kind)}\n\nFields: {fields}\n"
        )
        if kind is c.SubmitPayments:
            layout = (inspect.getdoc(record) or "").partition("\n\n")[2]
            parts.append(
                "\n`mufakat tell` takes `payments=` with a list of orders instead, and writes the records.\n\n"
                f"A record:\n\n{layout}\n"
            )
    parts.append(CHANGES_HEAD)
    for kind in p.AnyChange.__args__:
        fields = ", ".join(f"`{name}`" for name in kind.__struct_fields__) or "none"
        rule_class = p.CLASSES[kind].name.lower() if kind in p.CLASSES else "by its rule"
        parts.append(
            f"\n### {kind.__name__}, tag {kind.__struct_config__.tag}\n\n{kind.__doc__}\n\n"
            f"Class: {rule_class}. Fields: {fields}\n"
        )
    parts.append("\n## Rules that can be set\n\n| name | class |\n|---|---|\n")
    parts += [f"| `{name}` | {rule_class.name.lower()} |\n" for name, rule_class in p.RULES.items()]
    return "".join(parts)


def messages() -> str:
    """Say which messages are taken and written, and the codes of what is wrong with a file."""
    taken = "".join(
        f"| in | {READ[kind][0]} to {READ[kind][-1][-3:]} | {_TAKEN[kind]}; {_answered(flow.answer)} |\n"
        for kind, flow in FLOWS.items()
    )
    given = "".join(
        f"| out | {IN_FORCE[kind]} | {_WRITTEN[kind]}; {_choice(WRITTEN.get(kind, ()))} |\n"
        for kind in IN_FORCE
    )
    documents = "".join(
        f"| in | UBL 2.1 and 2.3 {name} | {_TRADE.get(kind, _RECORD)} |\n" for name, kind in KINDS.items()
    )
    documents += f"| in | UN/CEFACT {CII} (CII) D16B | {_OF_CII} |\n"
    return f"""# Messages

Flows between two banks, with a file for each message: [how to](../how-to/flows.md). Trade documents: [how
to](../how-to/trade.md).

| direction | message | note |
|---|---|---|
{taken}{documents}| in | CSV of payments | uetr, end_to_end_id, debtor_agent, creditor_agent, currency, amount, value_date; more optional |
| in | CSV of obligations | id, debtor, creditor, currency, amount, due; document optional |
{given}
A message comes as a bare Document or in any wrapper; an AppHdr beside it must name the same message. What the union itself
sent (from the clearing system MUFAKAT) is not taken in. Nothing answers {", ".join(sorted(UNANSWERED))}.

Statuses: ACSC settled, PDNG queued for funds, ACCP accepted for a date or time to come, ACSP accepted for the next cycle, RJCT
refused, or cancelled by order ({WITHDRAWN}).

A message sent again, byte for byte, changes nothing and is answered as it stands now: in the same file while that is the
same. A part that left no trace on the log is tried anew. Another message with a UETR that was used is refused, AM05.

Payments: settlement method CLRG; `ClrChanl` RTGS (gross at once, or queued) or MPNS (net in the next cycle); UETR,
debtor and creditor agent by BIC, and settlement date are asked for.

`HOME/participants.toml` has a table for each participant that chose something, by its BIC of 11 characters: `practice` (HVPS+ or
CBPR+), `versions` (a list of message definitions), `cover` (true where its pacs.008 of method COVE are to be settled), `notify` (true
where it wants a camt.054 of what is booked), `leads` and `small` (what it leads to when data of originator or beneficiary are missing, and
which amounts are small; see [how to](../how-to/compliance.md)).

A file that cannot be read whole is refused with one of: {", ".join(sorted(CODES))}.
"""


_TAKEN = {
    "pacs.008": "customer credit transfer, becomes a payment",
    "pacs.009": "transfer between institutions, core or cover, becomes a payment",
    "pacs.004": "return, gives back all that settled of a payment",
    "pacs.028": "question how a payment stands",
    "camt.056": "recall, cancels what waits and is given on for what has settled",
    "camt.029": "answer to a recall, given on to the debtor's agent",
    "camt.060": "asks for camt.052, camt.053 or camt.054 of an account, by its owner or servicer; answered with these",
    "pain.001": "a firm's order through its bank, each transfer becomes a payment",
    "pain.013": "a creditor's request to pay through its bank, given on to the debtor's agent",
    "pain.014": "what the debtor's agent says of a request, given on to the creditor's agent",
    "pacs.002": "what the creditor's agent says of a payment, given on to the debtor's agent",
}
_RECORD = "parties by LEI (scheme 0199); becomes a trade record"
_TRADE = {
    TradeKind.INVOICE: "parties by LEI (scheme 0199); becomes an obligation of the customer",
    TradeKind.CREDIT_NOTE: "parties by LEI (scheme 0199); becomes an obligation of the supplier",
}
_OF_CII = "an invoice, or by its type code a credit note, and what one of UBL becomes"
_WRITTEN = {
    "pacs.002": "answer, and one more when what waited has ended; or the other bank's, given on",
    "pacs.004": "to the debtor's agent",
    "pacs.008": "to the creditor's agent, once it has settled",
    "pacs.009": "to the creditor's agent, once it has settled",
    "camt.029": "answer to a recall, or the other bank's, given on",
    "camt.056": "to the creditor's agent, when the payment has settled",
    "camt.052": "an account on the day under way, with what it may use, when asked",
    "camt.053": "one for each settlement account and business date, at the close or when asked",
    "camt.054": "what was booked since the last one, where the owner chose it or asked",
    "pain.013": "to the debtor's agent",
    "pain.014": "answer to a request to pay; or the other bank's, given on",
    "pain.002": "answer to an order, and one more when what waited has ended; for the bank to hand to its firm",
    "admi.002": "answer to a message of a kind that is not taken",
    "head.001": "before each of these",
}


def _answered(kind: str | None) -> str:
    return "not answered" if kind is None else f"answered with {kind}"


def _choice(versions: tuple[str, ...]) -> str:
    return f"or up to {versions[-1][-3:]} by choice" if versions else "no other version"


RULES_HEAD = """# Rules of messages

What `mufakat message check` looks at; [how it is used](../how-to/check-messages.md). An identifier never changes. The code is
that of ExternalStatusReason1Code under which a rejection is sent. A warning makes no message invalid. Without `--rules` a message is
held to {always} and to the leg on which it says to be: `hvps` when it is to be cleared by the union, `cbpr` when its header names
that service. How far the verdicts agree with what real files are called: [samples](rules-on-samples.md).
"""


def rules() -> str:
    """List every rule of messages, by set, and those that need the union."""
    parts = [RULES_HEAD.format(always=", ".join(f"`{name}`" for name in ALWAYS))]
    parts += _rule_table("When a file is opened", OPENING)
    for name, those in SETS.items():
        parts += _rule_table(f"`{name}`: {ABOUT[name]}", those)
    parts += _official()
    parts.append(
        "\n## What needs the union\n\nWho is a participant, what a member issues, which day is open: the union looks at it when "
        "the message comes, and answers\nby pacs.002. The number is that of the [reason](reasons.md).\n\n"
        "| rule | code | reason | what to do |\n|---|---|---|---|\n"
    )
    for reason in UNION_RULES:
        each = EXPLANATIONS[reason]
        parts.append(f"| {identifier(reason)} | {each.code} | {reason.name} | {each.text} |\n")
    return "".join(parts)


def _official() -> Iterator[str]:
    yield (
        "\n## The official rules of invoices\n\nTheir identifiers and texts are the publishers'; `mufakat message rules --rules NAME` "
        "lists them. What they find in\nreal invoices: [invoices](invoices-on-samples.md); [how to get the "
        "files](../how-to/check-invoices.md).\n\n"
        "| set | says | file | licence | package | SHA-256 of the file |\n|---|---|---|---|---|---|\n"
    )
    for name, files in official.SETS.items():
        for each in files:
            package = f"`{each.package.coordinates}`"
            yield f"| `{name}` | {official.ABOUT[name]} | {each.title} | {each.licence} | {package} | `{each.sha256}` |\n"


def _rule_table(title: str, those: Iterable[Rule]) -> Iterator[str]:
    yield f"\n## {title[:1].upper()}{title[1:]}\n\n| rule | code | says | speaks of | source |\n|---|---|---|---|---|\n"
    for rule in those:
        speaks = (
            ", ".join(name if first == 1 else f"{name} from .{first:02}" for name, first in rule.scope)
            or "all"
        )
        advice = " (warning)" if rule.severity == "warning" else ""
        if rule.leads is not None:
            advice += (
                f"; put to the union: {rule.leads}{', or as a participant chose' if rule.is_open else ''}"
            )
        yield f"| {rule.id} | {rule.code} | {rule.title}{advice} | {speaks} | {rule.source} |\n"


PROOF_PARTS = (
    proof.Proof,
    proof.Entry,
    proof.Head,
    staterecord.StateRecord,
    quorum.Blocks,
    quorum.Block,
    quorum.Header,
    quorum.LastBlock,
    quorum.Vote,
    quorum.Change,
    quorum.Validator,
    quorum.Cosigned,
    quorum.Cosignature,
)


def proof_format() -> str:
    """List each part of a proof's file with its fields, for who writes a checker of their own."""
    parts = [
        f"""# The file of a proof

One JSON object, at most {proof.MOST_BYTES >> 20} MiB; bytes are hex digits in lower case, numbers are whole and below 2^63. A field that
is not listed, or missing, makes it no proof. What is checked: [prove an outcome](../how-to/proofs.md).

| hash or signature | over |
|---|---|
| leaf of the tree | `00`, then number u64, log time i64, length u64 and command, length u64 and outcome; big-endian |
| head | `mufakat/head/v1`, `00`, entries u64, tree root, state root |
| record of table `settled` or `reserved` | a row of forty bytes, `core.register`: UETR, amount u64, accounts u32 and u32, date u32, status u32 (of `reserved`: latest time and priority in their place); little-endian |
| its page, the one of `leaves` | `00`, up to 64 rows, of which the record is number `number` mod 64; a leaf of a tree (RFC 9162), `beside` its path |
| root of `settled` or `reserved` | `03`, `count` u64 big-endian, root of that tree |
| record of table `accounts` | `00`, the hash of the record with zeros for balance and what is earmarked, and both as i64 big-endian |
| its page | `02` and eight leaves, of which the record's is number `number` mod 8; 32 zero bytes where there is none |
| root of `accounts` | `03`, `count` u64 big-endian, and what `beside` leads to: `01` and the pair of found and beside, at each step by the next bit of `number` div 8, the lowest first |
| record of any other table | `00`, MessagePack of the list of key and record; one of the `leaves` of its bucket, at most eight, whose hash is over `02` and all of them |
| root of any other table | for each of `beside`, n of them: `01` and the pair of found and beside, by the first n bits of the SHA-256 of the key, the last of them first |
| state root | `mufakat/state/v8`, `00`, the hash of `preamble`, and `roots` |
| `preamble` | MessagePack of union, hash of the charter in force, day and phase, cycle, arrivals, version of the rules, height, halt, adoption, log time, date of the periodic settlement, free row of the reservations |
| `roots` | in this order: {", ".join(PARTS)} |
| `charter` | `mufakat/charter/v1`, `00`, and it: the hash of the charter in force |
| member's audit key, kind `embedded` | `{quorum.Domain.HEAD.value.decode()}`, `00`, SHA-256 of (union, head) |
| author's key | `{quorum.Domain.COMMAND.value.decode()}`, `00`, SHA-256 of the instruction within the command |
| validator's key, kind `cometbft` | CometBFT's CanonicalVote of type precommit; chain `mufakat-` and the first 32 digits of the union |
"""
    ]
    return "".join((*parts, *_parts(PROOF_PARTS)))


def _parts(kinds: Iterable[type[msgspec.Struct]]) -> Iterator[str]:
    """Describe each part of a file with its fields."""
    for kind in kinds:
        fields = "".join(
            f"- `{each.name}`: {_type_name(each.type)}\n" for each in msgspec.structs.fields(kind)
        )
        tag = kind.__struct_config__.tag
        title = f"{kind.__name__}, kind `{tag}`" if tag else kind.__name__
        yield f"\n## {title}\n\n{inspect.getdoc(kind)}\n\n{fields}"


CERTIFICATE_PARTS = (
    certificate.Certificate,
    certificate.Proven,
    figures.Leaf,
    figures.Dues,
    figures.Total,
    certificate.MemberSignature,
)


def certificate_format() -> str:
    """List each part of a certificate's file with its fields, for who writes a checker of their own."""
    head = f"""# The file of a certificate

One JSON object, at most {certificate.MOST_BYTES >> 10} KiB; bytes are hex digits in lower case, amounts whole minor units of any size. A field that
is not listed, or missing, makes it no certificate. What is checked: [certify a cycle](../how-to/certificates.md).

| hash or signature | over |
|---|---|
| leaf of the tree | `00`, then text: the line `mufakat/cycle-leaf/v1`, and for each figure of the leaf, in the order below, a line of its name, a tab and its value; names of nested figures with dots, as `pays.set_off.amount`; each line ends with a line feed |
| tree | RFC 9162; leaves in order of holder, then currency |
| `root` | `mufakat/cycle-root/v1`, `00`, cycle u64, leaves u64, root of the tree; big-endian |
| `items` of a participant | the line `mufakat/cycle-items/v1`, and a line for each item, sorted by their bytes: side, kind, identifier, set off, netted, left out, why, with tabs between, in minor units |
| `items` of a member | the line `mufakat/cycle-banks/v1`, and for each of its banks with items, in order, a line of its BIC, a tab and the digest of its items |
| member's signature | `{quorum.Domain.COMMAND.value.decode()}`, `00`, SHA-256 of the instruction: a CertifyCycle |

All hashes are SHA-256, signatures Ed25519.
"""
    return "".join((head, *_parts(CERTIFICATE_PARTS)))


def _type_name(kind: object) -> str:
    """Name a field's type as JSON has it."""
    arguments = typing.get_args(kind)
    if kind is quorum.Hex:
        return "hex"
    if typing.get_origin(kind) is typing.Literal:
        return f'"{arguments[0]}"'
    if typing.get_origin(kind) is typing.Annotated:
        return _type_name(arguments[0])
    if isinstance(kind, typing.NewType):
        return _type_name(kind.__supertype__)
    if kind is int:
        return "number"
    if kind is str or kind is type(None):
        return "text" if kind is str else "null"
    if typing.get_origin(kind) is tuple:
        inner = [_type_name(each) for each in arguments if each is not Ellipsis]
        return f"list of {inner[0]}" if Ellipsis in arguments else f"[{', '.join(inner)}]"
    return " or ".join(map(_type_name, arguments)) if arguments else getattr(kind, "__name__", str(kind))


PAGES = {
    "proof.md": proof_format,
    "certificate.md": certificate_format,
    "commands.md": commands,
    "reasons.md": reasons,
    "signed-commands.md": signed_commands,
    "messages.md": messages,
    "rules.md": rules,
}


def main() -> None:
    """Write the pages into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
