"""The header and the message beside it say the same."""

import pytest

from tests.messages.rules.examples import HEADER, case, changed, each, found_in, holds

BARE = (HEADER.format(definition="pacs.008.001.08", service="03"), "")
CASES = (
    case("HDR-01", "correspondent", ("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.09")),
    case("HDR-02", "correspondent", BARE),
    case("HDR-03", "correspondent", ("swift.cbprplus.03", "swift.cbprplus.99")),
    case("HDR-04", "correspondent", ("<BizMsgIdr>M-1", "<BizMsgIdr>M-2")),
    case("HDR-05", "correspondent", ("<BICFI>BKBBGB2LXXX", "<BICFI>BKCCGB2LXXX")),
    case("HDR-06", "correspondent", ("<Prty>NORM", "<Prty>HIGH")),
)


@each(CASES)
def test_a_header_that_agrees_passes_and_another_is_found(each):
    holds(each)


@pytest.mark.parametrize("service", ["01", "02", "03", "cov.02", "stp.03", "adv.03"])
def test_the_services_of_cbpr_plus_are_known(service):
    text = changed("correspondent", ("swift.cbprplus.03", f"swift.cbprplus.{service}"))
    assert found_in("MUF-HDR-03", text) == []


@pytest.mark.parametrize(("copy", "wrong"), [("COPY", 0), ("CODU", 0), ("DUPL", 1)])
def test_a_copy_goes_elsewhere(copy, wrong):
    text = changed(
        "correspondent",
        ("<BICFI>BKBBGB2LXXX", "<BICFI>BKCCGB2LXXX"),
        ("<Prty>", f"<CpyDplct>{copy}</CpyDplct><Prty>"),
    )
    assert len(found_in("MUF-HDR-05", text)) == wrong


def test_a_bic_of_eight_characters_is_the_head_office():
    text = changed("correspondent", ("<BICFI>BKBBGB2LXXX", "<BICFI>BKBBGB2L"))
    assert found_in("MUF-HDR-05", text) == []


def test_without_a_header_nothing_can_disagree():
    text = changed("correspondent", BARE)
    assert not [each for n in (1, 3, 4, 5, 6) for each in found_in(f"MUF-HDR-0{n}", text)]


def test_the_identification_of_an_original_message_is_not_the_messages_own():
    text = changed("status", ("<OrgnlMsgId>M-0", "<OrgnlMsgId>M-9"))
    assert found_in("MUF-HDR-04", text) == []


@pytest.mark.parametrize(("day", "wrong"), [("2026-11-13", 0), ("2026-11-14", 1)])
def test_a_longer_identifier_of_the_header_ended_in_november_2026(day, wrong):
    text = changed(
        "correspondent",
        ("<BizMsgIdr>M-1", "<BizMsgIdr>X-M-1"),
        ("2026-11-24T09:00:00+01:00</CreDtTm>", f"{day}T09:00:00Z</CreDtTm>"),
    )
    assert len(found_in("MUF-HDR-04", text)) == wrong
