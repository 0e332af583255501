"""A message as rules look at it: by local names, paths with positions, nothing taken for granted."""

import datetime

from lxml import etree

from mufakat.messages.rules import reading
from mufakat.messages.rules.reading import Message
from mufakat.messages.schema import path_of
from tests.messages.rules.examples import BASES, TRANSFER, changed, message_of


def test_every_element_has_the_path_that_the_schemas_verdict_gives_it():
    for text in BASES.values():
        message = message_of(text)
        assert [message.places.path(each) for each in message.elements] == [
            path_of(each) for each in message.elements
        ]


def test_a_path_counts_twins_alone():
    message = message_of(changed("cleared", ("</FIToFI", TRANSFER + "</FIToFI")))
    assert message.places.path(message.transactions[1]).endswith("/CdtTrfTxInf[2]")


def test_elements_of_another_namespace_are_not_looked_at():
    other = '<SplmtryData><Envlp><x:UETR xmlns:x="urn:x">no</x:UETR></Envlp></SplmtryData></CdtTrfTxInf>'
    message = message_of(changed("cleared", ("</CdtTrfTxInf>", other)))
    assert len(list(message.all("UETR"))) == 1


def test_what_is_not_there_is_none_and_empty():
    message = Message(etree.fromstring('<Document xmlns="urn:x"/>'), "pacs.008.001.08")
    assert (message.body, message.group, message.created, message.transactions) == (None, None, None, [])
    assert reading.child(None, "GrpHdr") is None and reading.children(None, "GrpHdr") == []
    assert reading.text(message.document, "GrpHdr", "MsgId") == "" and reading.number_of(None) is None


def test_a_message_says_when_it_was_made():
    assert message_of(changed("cleared")).created == datetime.date(2026, 11, 24)
    bare = changed("status", ("<CreDtTm>2026-11-24T09:00:00+01:00</CreDtTm>", ""))
    assert message_of(bare).created == datetime.date(2026, 11, 24), "the header says so"


def test_a_number_is_plain_digits_or_none():
    for said in ("1e5", "NaN", "-1", "+1", "", "\u0661"):
        element = etree.fromstring(f'<A xmlns="urn:x">{said}</A>')
        assert reading.number_of(element) is None, said
    assert reading.number_of(etree.fromstring('<A xmlns="urn:x"> 1.50 </A>')) == reading.Decimal("1.5")
