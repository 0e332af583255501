from stdnum import bic

from mufakat.model.country import COUNTRIES, is_country


def test_the_countries_are_those_of_a_second_list():
    (name,) = (each for each in vars(bic) if each == "_country_codes")
    assert set(COUNTRIES) == set(vars(bic)[name]) - {"XK"}, "XK is a user's code, for Kosovo"
    assert len(COUNTRIES) == 249
    assert is_country("XK") and is_country("QM") and not is_country("UK")
