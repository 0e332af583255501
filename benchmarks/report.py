"""The page of results: each benchmark keeps its own section of it, the newest run in place of the one before."""

import os
import platform
import re
from pathlib import Path

_HEAD = """# Performance

`make bench`: each figure is the median of several runs, taken in turn with a floor or a peer in the same run.
Absolute figures are the machine's; ratios are the program's.
"""


def machine() -> str:
    """Describe the machine in a few words."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def put_section(path: Path, title: str, lines: list[str]) -> None:
    """Write a section with this title into the page, in place of an earlier one."""
    text = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    section = "\n".join([f"## {title}", "", *lines]).rstrip() + "\n"
    found = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    text = (
        found.sub(lambda _: section + "\n", text) if found.search(text) else text.rstrip() + "\n\n" + section
    )
    path.write_text(text.rstrip() + "\n", encoding="utf-8")
