from mufakat.core.quote import Offers, Quote, QuoteStatus
from mufakat.model.rate import Offer, Rate


def quote(number, quoter="A", pair=("MYR", "VND"), rate=(1, 1), until=100, left=10):
    offer = Offer(f"{quoter}/{number}", quoter, Rate(*rate), 0, 1, left, number)
    return Quote(offer, *pair, 10, until)


def test_open_quotes_stand_in_order_of_price_then_time_whenever_they_came():
    offers = Offers()
    for each in (quote(3), quote(1), quote(2, rate=(2, 1)), quote(4, pair=("VND", "MYR"))):
        offers.put(each)
    assert list(offers.best("MYR", "VND")) == ["A/2", "A/1", "A/3"]
    assert list(offers.best("VND", "MYR")) == ["A/4"]
    assert list(offers.best("IDR", "MYR")) == []


def test_what_is_left_of_a_quote_keeps_its_place():
    offers = Offers()
    offers.put(quote(1))
    offers.put(quote(2))
    offers.put(quote(1, left=3))
    assert list(offers.best("MYR", "VND")) == ["A/1", "A/2"]
    assert offers.of("A")["A/1"].offer.left == 3


def test_a_quote_that_ends_is_in_no_list():
    offers = Offers()
    for each in (quote(1), quote(2), quote(3, "B")):
        offers.put(each)
    offers.take_out(quote(2))
    assert list(offers.best("MYR", "VND")) == ["A/1", "B/3"]
    assert list(offers.of("A")) == ["A/1"]
    assert list(offers.open()) == ["A/1", "B/3"]


def test_quotes_end_after_their_last_moment_in_order_of_it():
    offers = Offers()
    for each in (quote(1, until=100), quote(2, until=50), quote(3, until=101)):
        offers.put(each)
    assert offers.ended(50) == []
    assert offers.ended(51) == ["A/2"]
    assert offers.ended(101) == ["A/2", "A/1"]


def test_a_quote_is_open_when_it_is_made():
    assert quote(1).status is QuoteStatus.OPEN
