"""What is found by tags that are known is what the tree says, whatever is done to a file."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from mufakat.messages import group, layout
from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault
from mufakat.messages.group import read_group
from mufakat.messages.layout import NOWHERE, Known, laid_out, unescaped
from mufakat.messages.pacs import read_credit_transfer
from mufakat.simulation.messages import credit_transfers
from tests.messages.official import credit_transfer, transaction

TEXT = re.compile(rb"(?<=>)[^<>\n]+(?=</)")
TAGS = re.compile(rb"<[A-Za-z]+[^>]*>")
ONE = next(credit_transfers(1, 1, 1))
TWO = next(credit_transfers(1, 1, 2))
TEXTS = (
    b"&amp;",
    b"&lt;&gt;&quot;&apos;",
    b"&#65;",
    b"a > b",
    b" x ",
    b"\r\nx",
    b"<![CDATA[<Nm>x</Nm>]]>",
    "é漢".encode(),
)
HIDDEN = b"<SplmtryData><Envlp><CdtTrfTxInf>%s</CdtTrfTxInf></Envlp></SplmtryData></CdtTrfTxInf>"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(group, "_KNOWN", Known())


def known() -> int:
    """How many layouts are known, with those of transactions."""
    kept = group._KNOWN._kept
    return len(kept) + sum(len(each.within._kept) for each in kept)


def changed(data: bytes, chance: random.Random) -> bytes:
    """Return a file with its tags as they were, or nearly, and something else in between."""
    texts, tags = list(TEXT.finditer(data)), list(TAGS.finditer(data))
    at, tag = chance.choice(texts), chance.choice(tags)
    match chance.randrange(8):
        case 0 | 1:
            return data[: at.start()] + chance.choice(TEXTS) + data[at.end() :]
        case 2:
            return data[: at.start()] + chance.choice(texts).group() + data[at.end() :]
        case 3:
            return (
                data[: tag.end() - 1]
                + chance.choice([b" ", b"\n", b"/", b' a=">"', b' xmlns=""'])
                + data[tag.end() - 1 :]
            )
        case 4:
            return data[: tag.start()] + chance.choice([b"\n", b" ", b"x", b"<!-- -->"]) + data[tag.start() :]
        case 5:
            inner = data[data.index(b"<PmtId>") : data.index(b"</CdtTrfTxInf>")]
            return data.replace(b"</CdtTrfTxInf>", HIDDEN % inner, chance.randrange(1, 3))
        case 6:
            return data[: tag.start()] + chance.choice(tags).group() + data[tag.end() :]
        case _:
            return data.replace(b"<CdtTrfTxInf>", chance.choice([b"<CdtTrfTxInf >", b"<CdtTrfTxInf\n>"]), 1)


def assert_same(data: bytes) -> None:
    opened = open_message(data)
    if isinstance(opened, Opened):
        assert read_credit_transfer(opened) == read_credit_transfer(replace(opened, text=b""))


@given(st.integers(0, 2**32), st.sampled_from([ONE, TWO]), st.integers(1, 3))
def test_a_file_is_read_by_its_tags_as_it_is_read_from_its_tree(seed, data, times):
    """Every layout is learnt at once; what was learnt of a file reads others with its tags, too."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group, "_KNOWN", Known())
        patch.setattr(layout, "_PAUSE", 0)
        assert_same(ONE)
        assert_same(TWO)
        for _ in range(times):
            data = changed(data, chance)
        for _ in range(3):
            assert_same(data)
            texts = list(TEXT.finditer(data))
            at, other = chance.choice(texts), chance.choice([*TEXTS, chance.choice(texts).group()])
            data = data[: at.start()] + other + data[at.end() :]
        assert_same(data)


@pytest.mark.parametrize(
    "wrong", ['<Cd a=">">GDDS</Cd>', "<!--> --><Cd>GDDS</Cd>", "<Cd/> ", "<Cd /> ", "<Cd><![CDATA[>]]></Cd>"]
)
def test_a_layout_is_learnt_only_where_each_angle_bracket_is_a_tags(wrong):
    text = f"<Purp>{wrong}</Purp></Tx>"
    elements = list(etree.fromstring(text.removesuffix("</Tx>")).iter(etree.Element))
    found: Known[int] = Known()
    assert found.learn(text, 0, 2 * len(elements), (0, elements, elements[1:])) == NOWHERE
    assert found.find(text, 0) is None


def test_a_layout_is_learnt_only_of_tags_that_are_its_elements():
    tree, other = etree.fromstring("<a><b>1</b></a>"), "<a><c>1</c></a>"
    found: Known[int] = Known()
    assert found.learn(other, 0, 4, (0, list(tree.iter()), [tree[0]])) == NOWHERE
    assert found.find(other, 0) is None


def test_the_second_file_of_a_layout_is_read_by_its_tags():
    opened = open_message(ONE)
    first = opened.document[0][1]
    assert read_group(opened, first).found is None
    assert read_group(opened, first).found is not None
    read_credit_transfer(opened)
    assert known() == 2


def test_what_was_learnt_of_one_file_is_found_in_another_with_other_texts():
    one, other, third = credit_transfers(7, 3, 4)
    for data in (one, other, third):
        assert_same(data)
    assert known() == 2
    assert len(read_credit_transfer(open_message(third)).transactions) == 4


def test_a_transaction_with_tags_of_its_own_keeps_no_other_from_being_found():
    data = credit_transfer(transaction(), transaction(tail="<Purp><Cd>GDDS</Cd></Purp>"), transaction())
    assert_same(re.sub(rb"(?<=ca16-48ba-b074-65581be6f00)1", b"2", data, count=1))


def test_a_layout_is_learnt_after_a_pause_and_the_last_one_used_is_the_first():
    found: Known[int] = Known()
    opened = open_message(
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08'><a>1</a></Document>"
    )
    (a,) = opened.document

    def learn(number: int) -> None:
        found.learn(f"<a><!-- --></a><a x='{number}'>1</a>", 15, 2, (number, [a], [a, None]))

    learn(0)
    learn(1)
    assert [each.form for each in found._kept] == [0]
    for number in range(1, 7):
        for _ in range(100):
            assert found.find("<b>", 0) is None
        learn(number)
    assert [each.form for each in found._kept] == [6, 5, 4, 3]
    known_one, texts, end = found.find("<a x='4'>new</a><b>", 0)
    assert (known_one.form, texts, end) == (4, ("new", None), 16)
    assert [each.form for each in found._kept] == [4, 6, 5, 3]


@pytest.mark.parametrize("text", [b"", b"<a>\r</a>", b"<a>&#65;</a>"])
def test_what_reads_otherwise_in_the_tree_is_looked_for_there(text):
    assert laid_out(text) is None


def test_references_read_as_in_the_tree():
    assert unescaped(("&amp;lt;", None, "&quot;&apos;&gt;")) == ("&lt;", None, "\"'>")


def test_a_fault_is_the_same_however_it_was_found():
    data = ONE.replace(b"<IBAN>XA", b"<IBAN>XB")
    read_credit_transfer(open_message(ONE))
    assert isinstance(read_credit_transfer(open_message(data)), Fault)
    assert_same(data)
