"""Parts of requests to pay, pain.013, and of the answers to them, pain.014: each goes on to the other bank."""

from mufakat.gateway.document import Asks, Part, Reading, Rejection
from mufakat.messages.fault import CREDITOR_AGENT, DEBTOR_AGENT
from mufakat.messages.request import PaymentRequest, Requested
from mufakat.model import identifier


def requests(message: PaymentRequest, _reading: Reading) -> list[Part]:
    """Make what goes on to the debtor's agent of each transaction that is asked for, or say why not."""
    return _parts(message, ("creditor", CREDITOR_AGENT), ("debtor", DEBTOR_AGENT))


def answers(message: PaymentRequest, _reading: Reading) -> list[Part]:
    """Make what goes back to the creditor's agent of each transaction that is answered, or say why not."""
    return _parts(message, ("debtor", DEBTOR_AGENT), ("creditor", CREDITOR_AGENT))


def _parts(message: PaymentRequest, by: tuple[str, str], to: tuple[str, str]) -> list[Part]:
    return [_part(number, each, by, to) for number, each in enumerate(message.transactions)]


def _part(number: int, said: Requested, by: tuple[str, str], to: tuple[str, str]) -> Part:
    references, line = said.references, said.line
    speaker, receiver = (identifier.bic(each or "") for each in (said.speaker, said.receiver))
    rejection = None
    for bank, (side, code) in ((speaker, by), (receiver, to)):
        if bank is None and rejection is None:
            rejection = Rejection(code, f"The {side}'s agent has no BIC. Name it by its BIC.", line)
    return Part(
        number,
        references.uetr or references.end_to_end_id or str(number + 1),
        references,
        None,
        rejection,
        line,
        asks=Asks.REQUEST,
        speaker=speaker,
        goes_to=receiver,
    )
