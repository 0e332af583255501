"""What a participant chose of the messages on its leg: versions, and whose practice they follow.

The union's own leg follows HVPS+: settlement method CLRG, the union as clearing system. A participant whose
messages follow CBPR+ is served at the edge, both ways: of what it sends, INDA and INGA stand for CLRG (and COVE
where it says so); what it receives says INGA, instructed by the central bank in whose books it was settled.
Rule source: HVPS+ and CBPR+ usage guidelines.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from mufakat.messages.rules.rule import Leads
from mufakat.messages.versions import IN_FORCE

CLEARED: Final = "CLRG"
_SERVICES: Final = {
    "HVPS+": ("mufakat.01", "mufakat.cov.01"),
    "CBPR+": ("swift.cbprplus.03", "swift.cbprplus.cov.03"),
}
"""BizSvc of each practice: of messages in general, and of a cover payment."""


class Preference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one participant chose. `versions`: message definitions, one a kind at most, where not the one in force.

    `cover`: its pacs.008 of method COVE are settled by the union themselves, and no cover follows them. `notify`:
    it gets a camt.054 of what is booked on its accounts. `leads`: what it leads to when data of originator or
    beneficiary are missing, by the identifier of the rule, where FATF leaves it open; `small`: up to which amount
    less is asked for, by currency.
    """

    practice: Literal["HVPS+", "CBPR+"] = "HVPS+"
    versions: tuple[str, ...] = ()
    cover: bool = False
    notify: bool = False
    leads: dict[str, Leads] = {}
    small: dict[str, str] = {}

    def definition(self, kind: str) -> str:
        """Return the version of a kind of message that it gets."""
        return next((each for each in self.versions if each.startswith(kind)), IN_FORCE[kind])

    @property
    def methods(self) -> tuple[str, ...]:
        """The settlement methods under which it may ask the union to settle."""
        if self.practice == "HVPS+":
            return (CLEARED,)
        return (CLEARED, "INDA", "INGA", *(("COVE",) if self.cover else ()))

    def service(self, *, cover: bool) -> str:
        """Return the BizSvc of what it gets."""
        return _SERVICES[self.practice][cover]


class Preferences:
    """What each participant chose, by BIC of 11 characters; one that chose nothing gets what is in force."""

    def __init__(self, chosen: Mapping[str, Preference] | None = None) -> None:
        self._chosen: Final = dict(chosen or {})

    def of(self, bic: str | None) -> Preference:
        """Return what a participant chose; 8 characters of a BIC name its head office, XXX."""
        return self._chosen.get((bic or "").ljust(11, "X"), _NOTHING_CHOSEN)


_NOTHING_CHOSEN: Final = Preference()
EVERYBODY: Final = Preferences()
"""What holds where nobody chose anything."""
