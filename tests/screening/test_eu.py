"""The EU's XML and CSV, in files written after the published format: both say the same of an entry."""

import pytest

from mufakat.model.listing import Alias, Born, Kind
from mufakat.screening import eu
from mufakat.screening.entry import ListFaulty

XML = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2025-04-19T17:00:34.049+02:00" globalFileId="7">
  <sanctionEntity designationDetails="" unitedNationId="" euReferenceNumber="EU.27.28" logicalId="13">
    <regulation regulationType="regulation" programme="IRQ" logicalId="348"/>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="A" middleName="" lastName="B C" wholeName="Ahmad Al-Bari" strong="true" logicalId="17"/>
    <nameAlias firstName="Abu" middleName="" lastName="Ali" wholeName="" strong="true" logicalId="19"/>
    <citizenship region="" countryIso2Code="IQ" countryDescription="IRAQ" logicalId="1"/>
    <birthdate circa="false" birthdate="1937-04-28" year="1937" countryIso2Code="IQ" logicalId="1"/>
    <birthdate circa="false" yearRangeFrom="1940" yearRangeTo="1942" logicalId="2"/>
    <identification number="M0003264580" countryIso2Code="IQ" logicalId="3"/>
    <address city="Mosul" street="" countryIso2Code="00" countryDescription="UNKNOWN" logicalId="5"/>
  </sanctionEntity>
</export>"""
CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_Regulation_Programme;"
    "NameAlias_LastName;NameAlias_FirstName;NameAlias_WholeName;BirthDate_BirthDate;BirthDate_Year;"
    "BirthDate_YearRangeFrom;BirthDate_YearRangeTo;BirthDate_Circa;Identification_Number;Address_City;"
    "Address_CountryIso2Code;Address_CountryDescription;Citizenship_CountryIso2Code\n"
    "19/04/2025;13;EU.27.28;P;IRQ;B C;A;Ahmad Al-Bari;;;;;;;;;;\n"
    "19/04/2025;13;EU.27.28;P;IRQ;Ali;Abu;;;;;;;;;;;\n"
    "19/04/2025;13;EU.27.28;P;IRQ;;;;1937-04-28;1937;;;false;;;;;\n"
    "19/04/2025;13;EU.27.28;P;IRQ;;;;;;1940;1942;false;;;;;\n"
    "19/04/2025;13;EU.27.28;P;IRQ;;;;;;;;;M0003264580;;;;\n"
    "19/04/2025;13;EU.27.28;P;IRQ;;;;;;;;;;Mosul;00;UNKNOWN;\n"
    "19/04/2025;13;EU.27.28;P;IRQ;;;;;;;;;;;;;IQ\n"
).encode()


def test_both_formats_say_the_same_of_an_entry():
    one, other = eu.read_xml(XML, "eu.xml"), eu.read_csv(CSV, "eu.csv")
    (found,) = one.entries
    assert found.names == (Alias("Ahmad Al-Bari"), Alias("Abu Ali"))
    assert (found.id, found.reference, found.kind, found.programme) == ("13", "EU.27.28", Kind.PERSON, "IRQ")
    assert found.born == (Born(1937, 1937), Born(1940, 1942))
    assert (found.countries, found.identifiers) == (("IQ",), ("M0003264580",))
    assert (one.version, one.dated) == (other.version, other.dated)


def test_a_name_that_is_not_strong_is_weak_and_a_date_may_be_about():
    data = XML.replace(b'wholeName="" strong="true"', b'wholeName="" strong="false"')
    (found,) = eu.read_xml(data.replace(b'circa="false" birth', b'circa="true" birth'), "eu.xml").entries
    assert found.names[1] == Alias("Abu Ali", weak=True)
    assert found.born[0] == Born(1935, 1939)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (XML[:-20], "eu.xml: The file is not well-formed"),
        (XML.replace(b"fsd/export", b"fsd/other"), "is not the export"),
        (XML.replace(b'logicalId="13"', b'logicalId=""'), "eu.xml: line 3: the entry has no logicalId"),
        (XML.replace(b"2025-04-19T", b"19 April T"), "is no date"),
    ],
)
def test_an_xml_that_is_not_whole_is_refused(data, said):
    with pytest.raises(ListFaulty, match=said):
        eu.read_xml(data, "eu.xml")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (CSV[:-8], "eu.csv:8: not as many columns"),
        (CSV.replace(b"NameAlias_WholeName", b"Name"), "no column NameAlias_WholeName"),
        (CSV.replace(b"Mosul", b"M\xf6sul"), "is not UTF-8"),
        (
            CSV.replace(b";Ahmad Al-Bari", b";").replace(b";Ali;Abu", b";;").replace(b";B C;A", b";;"),
            "has no name",
        ),
    ],
)
def test_a_csv_that_is_not_whole_is_refused(data, said):
    with pytest.raises(ListFaulty, match=said):
        eu.read_csv(data, "eu.csv")
