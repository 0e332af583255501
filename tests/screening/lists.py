"""Small lists to screen against, in the formats in which they are published; and where the real ones lie."""

from pathlib import Path

from mufakat.model.listing import Alias, Born, Entry, Kind
from mufakat.screening.listing import Listing, listing

REAL = Path(__file__).parents[3] / "shared/data/lists"
UN_2024 = REAL / "un/consolidated_2024-09-26.xml"
UN = REAL / "un/consolidated_2025-04-19.xml"
SDN = REAL / "ofac/sdn.csv"
CONSOLIDATED = REAL / "ofac/cons_prim.csv"

PERSON = Entry(
    id="1",
    kind=Kind.PERSON,
    names=(
        Alias("MUHAMMAD TAHER ANWARI"),
        Alias("محمد طاهر أنوري", original=True),
        Alias("Mohammad Tahre Anwari"),
        Alias("Haji Mudir", weak=True),
    ),
    reference="TAi.005",
    programme="Taliban",
    born=(Born(1959, 1963),),
    countries=("Afghanistan",),
    identifiers=("AF-123456",),
)
FIRM = Entry(
    id="2", kind=Kind.ENTITY, names=(Alias("GAZMASH HOLDING LIMITED LIABILITY COMPANY"), Alias("GAZMASH"))
)
SHIP = Entry(id="3", kind=Kind.VESSEL, names=(Alias("EBANO STAR"),), identifiers=("IMO 7406784",))
OTHER = Entry(
    id="4", kind=Kind.PERSON, names=(Alias("LI, Guihua"), Alias("Kim Jong Nam")), born=(Born(1971, 1971),)
)
LONG = Entry(id="5", kind=Kind.ENTITY, names=(Alias("MARITIME TRANSPORT AND BUNKERING ENTERPRISE OF NAMPO"),))


def small(*entries: Entry, name: str = "small") -> Listing:
    return listing(name, None, list(entries or (PERSON, FIRM, SHIP, OTHER, LONG)))


def un(individuals: str = "", entities: str = "", dated: str = "2025-04-19T23:00:04Z") -> bytes:
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><CONSOLIDATED_LIST dateGenerated='{dated}'>"
        f"<INDIVIDUALS>{individuals}</INDIVIDUALS><ENTITIES>{entities}</ENTITIES></CONSOLIDATED_LIST>"
    ).encode()


def individual(id_: str = "110447", more: str = "", name: str = "MUHAMMAD") -> str:
    return (
        f"<INDIVIDUAL><DATAID>{id_}</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>{name}</FIRST_NAME>"
        f"<SECOND_NAME>TAHER </SECOND_NAME><THIRD_NAME/><REFERENCE_NUMBER>TAi.005</REFERENCE_NUMBER>"
        f"{more}</INDIVIDUAL>"
    )


def entity(comments: str, name: str = "M/V LIGHT", id_: str = "9") -> str:
    named = f"<DATAID>{id_}</DATAID><FIRST_NAME>{name}</FIRST_NAME>"
    return f"<ENTITY>{named}<COMMENTS1>{comments}</COMMENTS1></ENTITY>"
