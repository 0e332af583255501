"""What participants of this machine chose of their messages: `HOME/participants.toml`.

[LUALQMA0XXX]
practice = "CBPR+"
versions = ["pacs.008.001.10", "head.001.001.03"]
leads = { "MUF-FATF-06" = "hold" }
small = { IDR = "15000000" }
"""

import msgspec

from mufakat.gateway.completeness import fault_of
from mufakat.gateway.preference import Preference, Preferences
from mufakat.messages.versions import WRITTEN
from mufakat.model import identifier
from mufakat.node.engine import SettingsFaulty
from mufakat.node.home import Home


def preferences_of(home: Home) -> Preferences:
    """Read what participants chose, nothing where there is no such file; raises SettingsFaulty."""
    path = home.participants
    try:
        chosen = msgspec.toml.decode(path.read_bytes(), type=dict[str, Preference])
    except FileNotFoundError:
        return Preferences()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsFaulty(f"{path}: {error}") from None
    for bic, preference in chosen.items():
        if identifier.bic(bic) != bic:
            raise SettingsFaulty(f"{path}: [{bic}] is no BIC of 11 characters")
        wrong = _fault(preference)
        if wrong is not None:
            raise SettingsFaulty(f"{path}: [{bic}] {wrong}")
    return Preferences(chosen)


def _fault(preference: Preference) -> str | None:
    kinds: list[str] = []
    for version in preference.versions:
        kind = version[:8]
        if kind not in WRITTEN:
            return f"versions: {version!r} is not among what is written: {', '.join(WRITTEN)}"
        if version not in WRITTEN[kind]:
            return f"versions: {version!r} is not written; {WRITTEN[kind][0]} to {WRITTEN[kind][-1][-3:]} are"
        if kind in kinds:
            return f"versions: {kind} is named twice"
        kinds.append(kind)
    if preference.cover and preference.practice != "CBPR+":
        return "cover: a payment with cover is one of CBPR+; set the practice too"
    return fault_of(preference)
