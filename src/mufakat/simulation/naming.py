"""Words that the made-up region's banks, firms and towns are named with, and its identifiers.

All of it is invented. Countries have user-assigned ISO 3166 codes, which no state will ever get; the
eighth character of each BIC is 0, which ISO 9362 keeps for test use; LEIs have valid check digits under
issuer prefixes that are not in use.
"""

import random
from typing import Final

from stdnum.iso7064 import mod_97_10

from mufakat.model.identifier import Bic, Lei

_ALPHANUMERIC: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"

STEMS: Final = (
    "Adiraya", "Ambarlin", "Baruna", "Belisar", "Candrika", "Cemarang", "Danuwir", "Delimas", "Elangsari",
    "Embunara", "Garwita", "Gemarin", "Harimurt", "Hulawan", "Indrakil", "Jalatun", "Jenggara", "Kalimaya",
    "Kencaru", "Lautanis", "Lembayu", "Mahakira", "Merantis", "Nagasura", "Nirmawan", "Ombakara", "Palwari",
    "Pelangit", "Ratnadur", "Rimbasa", "Samudrin", "Sekarlan", "Tambora", "Telagamas", "Udayari", "Wanadri",
    "Wirasena", "Yasamun", "Bantara", "Dharmalin", "Phanorak", "Saengthip", "Chaivaran", "Rattakon",
    "Lualhano", "Bayanilo", "Tanghalin", "Maharlon", "Vinhoasa", "Thanhlocu", "Kimsonga", "Duongmai",
)  # fmt: skip
TRADES: Final = (
    ("Plantations", "Mining", "Fisheries", "Timber", "Rubber Estates"),
    ("Milling", "Refining", "Smelting", "Chemicals", "Spinning"),
    ("Components", "Electronics", "Textiles", "Foods", "Machinery"),
    ("Motors", "Appliances", "Garments", "Furniture", "Instruments"),
    ("Trading", "Distribution", "Retail", "Logistics", "Construction"),
)
"""Trades of firms by tier of the supply chain, from raw material (0) to the final market (4)."""
LEGAL_FORMS: Final = ("Ltd", "PLC", "Holdings", "Group", "Co.", "& Sons", "Industries", "Partners")


class Registrar:
    """Hands out names and identifiers, none of them twice, in an order that the generator decides."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._taken: set[str] = set()

    def lei(self, country: str) -> Lei:
        """Return a new LEI (ISO 17442: 18 characters and two check digits)."""
        body = f"X{country}000" + "".join(self._chance.choices(_ALPHANUMERIC, k=12))
        assert body not in self._taken, "two draws of twelve characters do not meet"
        self._taken.add(body)
        return Lei(body + mod_97_10.calc_check_digits(body))

    def bic(self, name: str, country: str) -> Bic:
        """Return a new eleven-character BIC of a head office, made from the name's first letters."""
        base = name[:4].upper()
        for place in "ABCDEFGHJK":
            code = f"{base}{country}{place}0XXX"
            if code not in self._taken:
                self._taken.add(code)
                return Bic(code)
        raise AssertionError(f"more than ten institutions in {country} begin with {base}")

    def firm_name(self, tier: int) -> str:
        """Return a new name for a firm of this tier."""
        while True:
            trade = self._chance.choice(TRADES[tier])
            name = f"{self._chance.choice(STEMS)} {trade} {self._chance.choice(LEGAL_FORMS)}"
            if name not in self._taken:
                self._taken.add(name)
                return name
