"""The shape of trade documents: what follows from what they say."""

import pytest

from mufakat.messages.trade.document import INCOTERMS, Identification, TradeParty, Transport

LEI, OTHER = Identification("5493001KJTIIGC8Y1R12", "0199"), Identification("7300010000001", "0088")


@pytest.mark.parametrize(
    ("party", "lei"),
    [
        (TradeParty(), None),
        (TradeParty(legal=OTHER, endpoint=OTHER, identifications=(OTHER,)), None),
        (TradeParty(legal=LEI, endpoint=Identification("X", "0199")), LEI.value),
        (TradeParty(legal=OTHER, endpoint=LEI), LEI.value),
        (TradeParty(identifications=(OTHER, LEI)), LEI.value),
    ],
)
def test_a_party_is_known_by_its_lei_wherever_it_is_given(party, lei):
    assert party.lei == lei


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (None, None),
        ("9319466", "9319466"),
        ("IMO 9319466", "9319466"),
        ("IMO9319466", "9319466"),
        ("9319467", None),
        ("931946", None),
        ("ABCD", None),
    ],
)
def test_a_vessel_has_an_imo_number_when_the_check_digit_fits(written, number):
    assert Transport(vessel_id=written).imo == number


def test_incoterms_are_those_of_2020_and_the_ones_they_replaced():
    assert len(INCOTERMS) == 16
    assert all(len(each) == 3 and each.isupper() for each in INCOTERMS)
