"""Business application headers written, head.001, and the envelope around header and document.

Who speaks is the union: a member of it, by its BIC, as member of the union's own clearing system.
Rule source: ISO 20022 head.001.001.01 to .04, which have these elements in this order.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from mufakat.messages import markup
from mufakat.messages.envelope import ISO
from mufakat.messages.versions import IN_FORCE

DEFINITION: Final = IN_FORCE["head.001"]
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Speaker(msgspec.Struct, frozen=True):
    """For whom the union speaks: a member's identifier and BIC, in the clearing system that is the union's own."""

    member: str
    bic: str
    system: str


@functools.lru_cache(maxsize=64)
def agent_of(tag: str, speaker: Speaker) -> str:
    """Return the union as an agent."""
    return (
        f"<{tag}><FinInstnId>"
        + markup.bic("BICFI", speaker.bic)
        + f"<ClrSysMmbId><ClrSysId>{markup.text('Prtry', speaker.system)}</ClrSysId>"
        + markup.text("MmbId", speaker.member)
        + f"</ClrSysMmbId></FinInstnId></{tag}>"
    )


def enveloped(
    document: Iterable[bytes],
    *,
    message_id: str,
    created: str,
    definition: str,
    speaker: Speaker,
    receiver: str,
    service: str,
    head: str = DEFINITION,
) -> Iterator[bytes]:
    """Put a header before a document of `definition`, given in pieces, and both into an envelope, UTF-8.

    `created` is an ISO date and time of UTC, ending in Z; `receiver` a BIC; `service` names the rules that the
    document follows (BizSvc). Raises ValueError when a value breaks its data type.
    """
    header = (
        f'<AppHdr xmlns="{ISO}{head}"><Fr>{agent_of("FIId", speaker)}</Fr><To>{markup.agent("FIId", receiver)}</To>'
        + markup.text("BizMsgIdr", message_id)
        + markup.text("MsgDefIdr", definition)
        + markup.text("BizSvc", service)
        + markup.date_time("CreDt", created)
        + "</AppHdr>"
    )
    pieces = iter(document)
    yield _DECLARATION + b"<Envelope>\n" + header.encode() + b"\n"
    yield next(pieces).removeprefix(_DECLARATION)
    yield from pieces
    yield b"</Envelope>\n"
