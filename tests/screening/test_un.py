"""The UN's XML: aliases that are empty or hold several names, weak ones, dates of each type, ships."""

import pytest

from mufakat.model.listing import Alias, Born, Kind
from mufakat.screening import un
from mufakat.screening.entry import ListFaulty
from mufakat.screening.loading import load
from tests.screening import lists
from tests.screening.lists import UN, entity, individual


def read(individuals="", entities="", **more):
    return un.read(lists.un(individuals, entities, **more), "list.xml").entries


def alias(name: str, quality: str = "Good") -> str:
    return f"<INDIVIDUAL_ALIAS><QUALITY>{quality}</QUALITY><ALIAS_NAME>{name}</ALIAS_NAME></INDIVIDUAL_ALIAS>"


def test_a_name_is_put_together_and_aliases_are_told_apart():
    more = "<NAME_ORIGINAL_SCRIPT>محمد طاهر </NAME_ORIGINAL_SCRIPT>"
    more += (
        alias("Haji Mudir", "Low") + alias("") + alias("Abdul Rehman; Abd Ur-Rehman") + "<INDIVIDUAL_ALIAS/>"
    )
    (found,) = read(individual(more=more))
    assert found.names == (
        Alias("MUHAMMAD TAHER"),
        Alias("محمد طاهر", original=True),
        Alias("Haji Mudir", weak=True),
        Alias("Abdul Rehman"),
        Alias("Abd Ur-Rehman"),
    )
    assert (found.id, found.reference, found.kind) == ("110447", "TAi.005", Kind.PERSON)


def test_readings_in_brackets_are_names_of_their_own():
    assert list(un.several("حسن غول (Hassan Ghul; Hassan Gul)")) == ["حسن غول ", "Hassan Ghul", " Hassan Gul"]
    assert list(un.several("Al (the) Name")) == ["Al (the) Name"]


@pytest.mark.parametrize(
    ("date", "born"),
    [
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1960-06-29</DATE>", (Born(1960, 1960),)),
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>1960</YEAR>", (Born(1960, 1960),)),
        ("<TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1960</YEAR>", (Born(1958, 1962),)),
        (
            "<TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1958</FROM_YEAR><TO_YEAR>1963</TO_YEAR>",
            (Born(1958, 1963),),
        ),
        ("<TYPE_OF_DATE></TYPE_OF_DATE>", ()),
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><NOTE>Gregorian</NOTE>", ()),
    ],
)
def test_birth_dates_of_each_type_are_spans_of_years(date, born):
    (found,) = read(individual(more=f"<INDIVIDUAL_DATE_OF_BIRTH>{date}</INDIVIDUAL_DATE_OF_BIRTH>"))
    assert found.born == born


def test_a_ship_is_known_by_the_number_in_its_comments():
    ship, owner = read(
        entities=entity("Vessel. IMO number: 9361407.") + entity("IMO 1234567 and IMO 7654321", id_="10")
    )
    assert (ship.kind, ship.identifiers) == (Kind.VESSEL, ("IMO 9361407",))
    assert (owner.kind, owner.identifiers) == (Kind.ENTITY, ("IMO 1234567", "IMO 7654321"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lists.un(individual())[:-30], "list.xml: The file is not well-formed"),
        (lists.un(individual()).replace(b"MUHAMMAD", b"MUH\xe4MMAD"), "list.xml: "),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><CONSOLIDATED_LIST/>", "DOCTYPE"),
        (b"<Document/>", "Document is not CONSOLIDATED_LIST"),
        (lists.un(individual()).replace(b"<ENTITIES></ENTITIES>", b""), "there is no ENTITIES"),
        (lists.un(individual(), dated="yesterday"), "dateGenerated 'yesterday' is no date"),
        (lists.un(individual(id_="")), "list.xml:1: the INDIVIDUAL has no DATAID"),
        (lists.un(), "no entry"),
    ],
)
def test_what_is_not_whole_is_refused_with_what_to_do(data, said):
    with pytest.raises(ListFaulty, match=said):
        un.read(data, "list.xml")


def test_the_real_list_is_read_whole():
    found = load(UN)
    assert len(found.entries) == 877
    assert sum(alias.weak for each in found.entries for alias in each.names) > 600
    assert sum(bool(each.born) for each in found.entries if each.kind is Kind.PERSON) > 600
    assert sum(any("IMO" in number for number in each.identifiers) for each in found.entries) == 15
    assert not any(";" in alias.text for each in found.entries for alias in each.names)
