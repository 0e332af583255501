"""What is known beside the name: each part says what both sides say, and what it takes from the score."""

import pytest

from mufakat.model.listing import Born, Kind
from mufakat.screening.corroborate import UNAIDED, Known, Part, code, corroborate, forms, plain_identifier
from tests.screening.lists import FIRM, PERSON, SHIP


@pytest.mark.parametrize(
    ("known", "entry", "part"),
    [
        (Known(kind=Kind.PERSON), PERSON, Part("type", "person", "person", agrees=True, keeps=1000)),
        (Known(kind=Kind.ENTITY), PERSON, Part("type", "entity", "person", agrees=False, keeps=840)),
        (Known(kind=Kind.ENTITY), SHIP, Part("type", "entity", "vessel", agrees=True, keeps=1000)),
        (
            Known(born=(Born(1965, 1965),)),
            PERSON,
            Part("birth year", "1965", "1959-1963", agrees=True, keeps=1000),
        ),
        (
            Known(born=(Born(1966, 1966),)),
            PERSON,
            Part("birth year", "1966", "1959-1963", agrees=False, keeps=780),
        ),
        (Known(countries=("AF",)), PERSON, Part("country", "AF", "Afghanistan", agrees=True, keeps=1000)),
        (Known(countries=("DE",)), PERSON, Part("country", "DE", "Afghanistan", agrees=False, keeps=960)),
        (
            Known(identifiers=("af 123 456",)),
            PERSON,
            Part("identifier", "af 123 456", "AF-123456", agrees=True, keeps=1000),
        ),
        (
            Known(identifiers=("7406784",)),
            SHIP,
            Part("identifier", "7406784", "IMO 7406784", agrees=True, keeps=1000),
        ),
    ],
)
def test_each_part_says_what_both_sides_say(known, entry, part):
    assert corroborate(known, entry, weak=False) == [part]


def test_what_one_side_does_not_say_is_no_part():
    assert corroborate(Known(), PERSON, weak=False) == []
    known = Known(born=(Born(1970, 1970),), countries=("DE",), identifiers=("ABCDE1",))
    assert corroborate(known, FIRM, weak=False) == []


def test_a_weak_alias_needs_more_than_a_type():
    assert [each.keeps for each in corroborate(Known(kind=Kind.PERSON), PERSON, weak=True)] == [1000, UNAIDED]
    assert [each.keeps for each in corroborate(Known(countries=("AF",)), PERSON, weak=True)] == [1000]


def test_identifiers_are_compared_without_signs_and_short_ones_not_at_all():
    assert plain_identifier("imo 740-6784") == "7406784"
    assert plain_identifier("A 12") == ""


def test_a_country_is_known_by_any_of_its_names():
    assert {code(each) for each in ("Democratic People's Republic of Korea", "KP", "North Korea")} == {"kp"}
    assert code("Atlantis") == "atlantis"


def test_a_bic_is_the_same_with_its_name_and_branch_and_without():
    assert set(forms("BMJIIRTHXXX")) & set(forms("SWIFT/BIC BMJIIRTH")) == {"bic/BMJIIRTH"}
    assert not set(forms("BMJIIRTHXXX")) & set(forms("SWIFT/BIC BMJIIRTF"))
    assert set(forms("5493001KJTIIGC8Y1R12")) & set(forms("LEI 5493001KJTIIGC8Y1R12"))
    assert forms("...") == ()
