"""From a large file of credit transfers to what the union is asked to do, some transactions at a time."""

from collections.abc import Iterator

from mufakat.gateway.credit import transfers
from mufakat.gateway.document import Answered, Document, Reading, kind_of, of_fault
from mufakat.gateway.inbound import CREDIT_TRANSFER, FLOWS, of_the_union, refused
from mufakat.messages.fault import WRONG_AGENT, Fault, Original
from mufakat.messages.large import read_large
from mufakat.messages.pieces import Source


def read_documents(source: Source, reading: Reading) -> Iterator[Document]:
    """Give a pacs.008 or pacs.009 as documents that have some of its parts each, in order.

    One that is refused is of the whole file and the last: until no more come, nothing may be put to the union. Who
    is to be answered is as the first of them says; how many transactions there are, nobody knows before the last.
    """
    for batch in read_large(source):
        if isinstance(batch, Fault):
            yield refused(kind_of(batch.definition or CREDIT_TRANSFER), batch)
            return
        message = batch.message
        kind = kind_of(message.definition)
        if message.header is not None and (text := of_the_union(message.header)):
            fault = Fault(code=WRONG_AGENT, text=text, message_id=message.message_id)
            yield Document(kind, (), of_fault(fault), fault, message_id=message.message_id)
            return
        original = Original(
            message_id=message.message_id, definition=message.definition, created=message.created
        )
        answer = FLOWS[kind].answer
        assert answer is not None, "credit transfers are answered"
        parts = tuple(transfers(message, reading, batch.first))
        to = Answered(original, message.sender, answer)
        yield Document(kind, parts, to=to, definition=message.definition, message_id=message.message_id)
