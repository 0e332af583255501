"""Writing a charter as the file that people read and sign: TOML, from which exactly that charter is read again."""

import datetime
import json

import msgspec

from mufakat.model.charter import Charter, KeyGrant, Member
from mufakat.model.money import format_amount
from mufakat.model.plain import plain
from mufakat.node.founding import charter_of_text


def write_charter(charter: Charter) -> str:
    """Say a charter as TOML, from which exactly this charter and no other is read.

    Raises ValueError for one that a file cannot say: what the rules find wrong, a number of more than 18 digits.
    """
    rules = "".join(
        f"{name} = {_toml(value)}\n" for name, value in msgspec.structs.asdict(charter.rules).items()
    )
    parts = [
        f"name = {_toml(charter.name)}\nprotocol = {charter.protocol}\n\n[rules]\n{rules}",
        *(_member_table(member) for member in charter.members),
    ]
    text = "\n".join(parts)
    again = charter_of_text(text)
    if again != charter:
        raise ValueError(
            f"no file can say this charter: {again if isinstance(again, list) else 'it differs'}"
        )
    return text


def key_lines(keys: tuple[KeyGrant, ...]) -> str:
    """Say public keys as the lines of a member or participant in the charter file."""
    return "keys = [\n" + "".join(f"    {_toml(key)},\n" for key in keys) + "]\n"


def _member_table(member: Member) -> str:
    said = msgspec.structs.asdict(member) | {
        "max_payment": format_amount(member.max_payment, member.decimals)
    }
    keys = key_lines(said.pop("keys"))
    return "[[members]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in said.items()) + keys


def _toml(value: object) -> str:
    """Say a value in TOML 1.0: its texts are those of JSON, but for DEL, which JSON lets stand."""
    match value:
        case msgspec.Struct():
            fields = msgspec.structs.asdict(value).items()
            return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in fields) + " }"
        case tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case datetime.date():
            return value.isoformat()
    return json.dumps(plain(value), ensure_ascii=False).replace("\x7f", "\\u007f")
