"""Reads one file with one reader in a process of its own and says what came of it and what it took.

Usage: python -m tests.messages.hostile READER FILE; prints JSON: refused, text, cpu (s), mib (peak).
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mufakat.messages import camt, envelope, pacs
from mufakat.messages.fault import Fault
from mufakat.messages.trade import reading

READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "parse": envelope.parse,
    "open_message": envelope.open_message,
    "pacs": pacs.read_customer_credit_transfer,
    "camt": camt.read_bookings,
    "trade": reading.read_trade_document,
}


def main(reader: str, file: str) -> None:
    """Read and report."""
    answer = READERS[reader](Path(file).read_bytes())
    # The kernel's ru_maxrss outlives exec: it would be the parent's.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0])
    used = resource.getrusage(resource.RUSAGE_SELF)
    refused = isinstance(answer, Fault)
    report = {
        "refused": refused,
        "text": answer.text if refused else "",
        "cpu": used.ru_utime + used.ru_stime,
        "mib": peak / 1024,
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
