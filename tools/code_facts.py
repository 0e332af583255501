"""Distil the external code sets of ISO 20022 into the table that the package ships.

Usage: python tools/code_facts.py SHARED_DATA_DIR [OUTPUT]

The table is JSON: name of the code set, such as `ExternalPurpose1Code`, to its codes, sorted, with a space between. It
holds no names or definitions of codes. The same input gives the same table, byte for byte.
"""

import json
import sys
from pathlib import Path
from typing import Final

OUTPUT: Final = Path(__file__).parent.parent / "src" / "mufakat" / "messages" / "rules" / "code_sets.json"
SOURCE: Final = Path("iso20022/codesets/external_code_sets.json")


def table(data: Path) -> dict[str, str]:
    """Return each code set's codes. A set that the file describes without its codes is left out."""
    sets = json.loads((data / SOURCE).read_text(encoding="utf-8"))["definitions"]
    found: dict[str, str] = {}
    for name, definition in sorted(sets.items()):
        codes = sorted(definition.get("enum", ()))
        if any(" " in code for code in codes):
            sys.exit(f"{SOURCE}: {name} has a code with a space in it")
        if codes:
            found[name] = " ".join(codes)
    return found


def written(data: Path) -> str:
    """Return the table's file: a line for each code set."""
    lines = ",\n".join(f'"{name}": "{codes}"' for name, codes in table(data).items())
    return f"{{\n{lines}\n}}\n"


def main() -> None:
    """Write the table."""
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT
    output.write_text(written(Path(sys.argv[1])), encoding="utf-8")


if __name__ == "__main__":
    main()
