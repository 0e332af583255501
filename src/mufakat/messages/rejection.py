"""Message rejections written: admi.002.001.01, where no other answer can be given.

The same arguments give the same bytes. Rule source: ISO 20022 admi.002.001.01.
"""

from typing import Final

from mufakat.messages import markup
from mufakat.messages.versions import IN_FORCE

DEFINITION: Final = IN_FORCE["admi.002"]
_LOCATION, _DESCRIPTION = 350, 350


def write_rejection(*, reference: str, code: str, text: str, at: str, created: str) -> bytes:
    """Write the rejection of the message `reference` as a bare Document.

    `code` says why, `text` what to do, `at` where in the message: a path and a line, or nothing; `created` is an
    ISO date and time. Raises ValueError when a value breaks its data type.
    """
    body = (
        f"<{DEFINITION}><RltdRef>{markup.text('Ref', reference)}</RltdRef><Rsn>"
        + markup.text("RjctgPtyRsn", code)
        + markup.date_time("RjctnDtTm", created)
        + markup.cut("ErrLctn", at, _LOCATION)
        + markup.cut("RsnDesc", text, _DESCRIPTION)
        + f"</Rsn></{DEFINITION}>"
    )
    return markup.document(DEFINITION, body)
