"""What goes on is what came in, whatever it was: only what belongs to a leg is another's."""

import io
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from mufakat.messages import pieces as cut
from mufakat.messages.onward import Leg, excerpts, write_onward
from mufakat.messages.schema import violation
from mufakat.messages.versions import READ
from tests.messages.banking import (
    COVER,
    confirmation,
    fi,
    institution_transfer,
    payment_return,
    recall,
    resolution,
)
from tests.messages.invented import Invention
from tests.messages.official import NS, credit_transfer, needs_data, official, official_path, transaction
from tests.messages.ordering import order, payment, transfer
from tests.messages.requesting import asked, group, request

LEG = Leg(
    message_id="GV-1",
    created="2026-11-24T08:00:00Z",
    receiver="BBBBQNQNXXX",
    settled_on="2026-11-24",
    system="MUFAKAT",
)
EDGE = replace(LEG, system=None, instructing="CBNKQMA1XXX")
"""The leg to a bank whose practice is CBPR+."""
OF_A_LEG = frozenset(
    {"InstgAgt", "InstdAgt", "IntrBkSttlmDt", "PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3"}
)
NAMES = {
    "pacs.008": "CdtTrfTxInf",
    "pacs.009": "CdtTrfTxInf",
    "pacs.004": "TxInf",
    "camt.056": "TxInf",
    "camt.029": "TxInfAndSts",
    "pacs.002": "TxInfAndSts",
    "pain.013": "CdtTrfTx",
    "pain.014": "TxInfAndSts",
}
GROUPS = ("Undrlyg", "CxlDtls", "PmtInf", "OrgnlPmtInfAndSts")
AROUND = frozenset({"GrpHdr", "Assgnmt", "CtrlData", *GROUPS, *NAMES.values()})
"""What of a message is its leg's, or holds transactions."""
definitions = st.sampled_from([each for kind in sorted(NAMES) for each in READ[kind]])


def leaves(element: Any, path: str = "", left_out: frozenset[str] = frozenset()) -> list[tuple[Any, ...]]:
    """All that an element says, in order: path, text, attributes of what holds no elements; and foreign parts."""
    found: list[tuple[Any, ...]] = []
    for child in element:
        name = etree.QName(child)
        if name.localname in left_out:
            continue
        if not name.namespace.startswith(NS):
            found.append((path, etree.tostring(child, method="c14n", exclusive=True, with_tail=False)))
        elif len(child):
            found += leaves(child, f"{path}/{name.localname}")
        else:
            found.append((f"{path}/{name.localname}", child.text, sorted(child.attrib.items())))
    return found


def transactions(document: Any) -> list[Any]:
    body = document[0]
    groups = [body, *(each for each in body if etree.QName(each).localname in GROUPS)]
    return [each for group in groups for each in group if etree.QName(each).localname in set(NAMES.values())]


def onward(data: bytes, definition: str, leg: Leg = LEG, version: str | None = None) -> list[Any]:
    """Each transaction of a message as it goes on: (version, document)."""
    found = []
    for excerpt in excerpts(io.BytesIO(data), definition, range(1000)):
        written, document = write_onward(excerpt, leg, version or definition)
        found.append((written, etree.fromstring(document)))
    return found


def named(document: Any, path: str) -> list[str]:
    """The BICs of the agents at a path of a transaction."""
    (one,) = transactions(document)
    return [each.text for each in one.iterfind(f"{path}/{{*}}FinInstnId/{{*}}BICFI")]


@settings(max_examples=200, deadline=None)
@given(definitions, st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([LEG, EDGE]), st.data())
def test_nothing_is_lost_and_each_transaction_goes_on_in_a_message_of_its_own(
    definition, seed, count, leg, data
):
    kind = definition[:8]
    version = data.draw(st.sampled_from(READ[kind]))
    document = Invention(definition, seed, 0.5).document(**{NAMES[kind]: count}, **dict.fromkeys(GROUPS, 2))
    assert violation(definition, document) is None, "the invention is one"
    sent = onward(etree.tostring(document, encoding="UTF-8"), definition, leg, version)
    came, of_all = transactions(document), document[0][0].find("{*}PmtTpInf")
    assert len(sent) == len(came)
    for (written, got), was in zip(sent, came, strict=True):
        assert written in {version, definition}
        assert violation(written, got) is None
        (one,) = transactions(got)
        before, after = leaves(was, "", OF_A_LEG), leaves(one, "", OF_A_LEG)
        assert [each for each in after if each in before] == before
        moved = [] if of_all is None or was.find("{*}PmtTpInf") is not None else leaves([of_all])
        assert [each for each in after if each not in before] == [
            each for each in moved if each not in before
        ]
        assert leaves(got[0], "", AROUND) == leaves(document[0], "", AROUND)


def hidden_in(data: bytes, kind: str, forged: bytes) -> bytes:
    """A message with a forged transaction in the supplementary data of its first one."""
    definition = READ[kind][0]
    body = forged[forged.index(b"<Document") :]
    body = body[body.index(b">") + 1 : body.rindex(b"</Document>")]
    name = body.strip()[1 : body.strip().index(b">")]
    held = body.strip().replace(
        b"<" + name, b"<" + name + b' xmlns="' + f"{NS}{definition}".encode() + b'"', 1
    )
    end = f"</{NAMES[kind]}>".encode()
    extra = b"<SplmtryData><Envlp>" + held + b"</Envlp></SplmtryData>"
    return data.replace(end, extra + end, 1)


def test_what_supplementary_data_holds_is_never_taken_for_the_transaction():
    honest, forged = credit_transfer(transaction()), credit_transfer(transaction(amount="9999999.00"))
    ((_, document),) = onward(hidden_in(honest, "pacs.008", forged), "pacs.008.001.08")
    (one,) = (each for each in document[0] if etree.QName(each).localname == "CdtTrfTxInf")
    assert one.findtext("{*}IntrBkSttlmAmt") == "150.25"


def test_what_supplementary_data_holds_does_not_turn_a_request_to_another_bank():
    groups = [group("P-1", [asked(1)], "LUALQMA0XXX"), group("P-2", [asked(2)], "CBNKQMA0XXX")]
    data = hidden_in(request(*groups), "pain.013", request(groups[0]))
    found = [document for _, document in onward(data, "pain.013.001.07")]
    told = [(each.findtext(".//{*}DbtrAgt//{*}BICFI"), each.findtext(".//{*}EndToEndId")) for each in found]
    assert told == [("LUALQMA0XXX", "E-1"), ("CBNKQMA0XXX", "E-2")]


def test_what_a_header_holds_is_never_taken_for_the_order():
    honest, forged = (
        order(payment(transfer(1))),
        order(payment(transfer(1, amount="9999999.00"))),
    )
    inside = forged[forged.index(b"<Document") :]
    name = f"{NS}head.001.001.02"
    header = f'<AppHdr xmlns="{name}"><Sgntr>'.encode() + inside + b"</Sgntr></AppHdr>"
    data = b"<Envelope>" + header + honest[honest.index(b"<Document") :] + b"</Envelope>"
    wrote = [etree.tostring(each.document) for each in excerpts(io.BytesIO(data), READ["pain.001"][0], {0})]
    assert len(wrote) == 1 and b"9999999" not in wrote[0]


@needs_data
@settings(max_examples=50, deadline=None)
@given(definitions, st.integers(0, 2**32))
def test_what_an_invented_message_says_is_official_when_it_goes_on(definition, seed):
    document = Invention(definition, seed, 0.4).document(
        **{NAMES[definition[:8]]: 1}, **dict.fromkeys(GROUPS, 1)
    )
    for written, got in onward(etree.tostring(document), definition):
        assert written == definition
        official(definition).assertValid(got)


@needs_data
@pytest.mark.parametrize(
    "data",
    [
        credit_transfer(),
        institution_transfer(tail=COVER),
        payment_return(),
        recall(),
        resolution(),
        confirmation(),
    ],
)
@pytest.mark.parametrize("leg", [LEG, EDGE])
def test_a_second_validator_agrees(data, leg):
    definition = etree.QName(etree.fromstring(data)).namespace.removeprefix(NS)
    for version in READ[definition[:8]]:
        ((written, got),) = onward(data, definition, leg, version)
        assert written == version
        reader = xmlschema.XMLSchema(str(official_path(version)))
        reader.validate(io.BytesIO(etree.tostring(got)))


def test_a_version_that_cannot_hold_what_came_is_not_forced_on_it():
    assert onward(credit_transfer(), "pacs.008.001.08", LEG, "pacs.008.001.13")[0][0] == "pacs.008.001.13"
    expires = b"</CreDtTm><XpryDtTm>2026-11-30T09:00:00Z</XpryDtTm>"
    later = credit_transfer(version="pacs.008.001.13").replace(b"</CreDtTm>", expires)
    assert violation("pacs.008.001.13", etree.fromstring(later)) is None
    assert onward(later, "pacs.008.001.13", LEG, "pacs.008.001.08")[0][0] == "pacs.008.001.13"


def test_the_leg_of_the_union_is_cleared_by_it_between_the_two_agents():
    ((_, got),) = onward(credit_transfer(), "pacs.008.001.08")
    assert [each.text for each in got.iter("{*}SttlmMtd", "{*}Prtry")] == ["CLRG", "MUFAKAT"]
    assert (named(got, "{*}InstgAgt"), named(got, "{*}InstdAgt")) == (["AAAAQMQM"], ["BBBBQNQN"])
    assert got.findtext(".//{*}IntrBkSttlmDt") == "2026-11-24"


def test_at_the_edge_it_was_settled_in_the_books_of_who_instructs():
    ((_, got),) = onward(credit_transfer(), "pacs.008.001.08", EDGE)
    assert [each.text for each in got.iter("{*}SttlmMtd", "{*}ClrSys")] == ["INGA"]
    assert (named(got, "{*}InstgAgt"), named(got, "{*}PrvsInstgAgt1")) == (["CBNKQMA1XXX"], [])


@pytest.mark.parametrize("taken", [0, 1, 2, 3])
def test_who_instructed_before_stays_named_at_the_edge_where_there_is_a_place(taken):
    previous = "".join(fi(f"PrvsInstgAgt{number + 1}", "CCCCQOQO") for number in range(taken))
    data = credit_transfer(transaction().replace("<InstgAgt>", f"{previous}<InstgAgt>")).replace(
        b"<DbtrAgt><FinInstnId><BICFI>AAAA", b"<DbtrAgt><FinInstnId><BICFI>DDDD"
    )
    ((_, got),) = onward(data, "pacs.008.001.08", EDGE)
    if taken < 3:
        assert named(got, f"{{*}}PrvsInstgAgt{taken + 1}") == ["AAAAQMQM"]
        assert named(got, "{*}InstgAgt") == ["CBNKQMA1XXX"]
    else:
        assert named(got, "{*}InstgAgt") == ["AAAAQMQM"]


def test_who_instructs_another_bank_is_replaced_by_the_one_that_gets_it():
    data = credit_transfer().replace(
        b"<InstdAgt><FinInstnId><BICFI>BBBB", b"<InstdAgt><FinInstnId><BICFI>DDDD"
    )
    ((_, got),) = onward(data, "pacs.008.001.08")
    assert named(got, "{*}InstdAgt") == ["BBBBQNQNXXX"]


def test_of_what_settled_in_part_the_part_goes_on():
    ((_, got),) = onward(credit_transfer(), "pacs.008.001.08", replace(LEG, settled="100.00"))
    assert got.findtext(".//{*}IntrBkSttlmAmt") == "100.00"


def test_a_recall_is_assigned_to_the_other_bank_and_keeps_its_case():
    got = [document for _, document in onward(recall(), "camt.056.001.08")]
    assert got[0].findtext(".//{*}Assgnmt/{*}Id") == "A-1"
    assert got[0].findtext(".//{*}Assgne/{*}Agt/{*}FinInstnId/{*}BICFI") == "BBBBQNQNXXX"
    assert got[0].findtext(".//{*}Case/{*}Id") == "C-1"


def test_only_what_is_wanted_goes_on():
    data = credit_transfer(*(transaction(number=number) for number in range(5)))
    found = list(excerpts(io.BytesIO(data), "pacs.008.001.08", {1, 3}))
    assert [each.number for each in found] == [1, 3]
    assert [each.document.findtext(".//{*}InstrId") for each in found] == ["I-1", "I-3"]


def test_of_a_large_message_the_same_goes_on(monkeypatch):
    data = credit_transfer(*(transaction(number=number) for number in range(900)))
    end = b"</FIToFICstmrCdtTrf>"
    note = b'<SplmtryData><Envlp><n:Note xmlns:n="urn:x:n">1</n:Note></Envlp></SplmtryData>'
    data = data.replace(end, note + end)

    def given(wanted: set[int]) -> list[tuple[int, bytes]]:
        found = excerpts(io.BytesIO(data), "pacs.008.001.08", wanted)
        return [(each.number, etree.tostring(each.document, method="c14n")) for each in found]

    wanted = {0, 1, 450, 898, 899}
    small = given(wanted)
    monkeypatch.setattr(cut, "LARGE", 1_000)
    assert len(list(cut.pieces(io.BytesIO(data)))) > 1
    assert given(wanted) == small
    assert [number for number, _ in small] == sorted(wanted)
    assert all(b"Note" in document for _, document in small)
    assert given(set()) == []


def test_a_wrapper_and_its_prefixes_stay_behind_and_names_in_text_keep_theirs():
    body = credit_transfer(transaction(tail="")).decode().partition("?>\n")[2]
    note = '<n:Note xmlns:n="urn:x:n" of="o:kind">1</n:Note>'
    body = body.replace("</CdtTrfTxInf>", f"<SplmtryData><Envlp>{note}</Envlp></SplmtryData></CdtTrfTxInf>")
    wrapped = f'<w:E xmlns:w="urn:w" xmlns:o="urn:x:o">{body}</w:E>'
    ((_, got),) = onward(wrapped.encode(), "pacs.008.001.08")
    assert got.nsmap["o"] == "urn:x:o"
    assert b'of="o:kind"' in etree.tostring(got)
