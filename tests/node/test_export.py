import csv
import json

from mufakat.model import command as c
from mufakat.node.export import export_to


def test_an_export_has_every_entry_by_name_and_its_exact_bytes(small, examples, tmp_path):
    small.take(examples / "payment.xml")
    written = export_to(small.node, tmp_path / "out")
    entries = [json.loads(line) for line in (tmp_path / "out" / "entries.jsonl").read_text().splitlines()]
    assert len(entries) == small.node.entries == written["entries.jsonl"]
    assert entries[0]["kind"] == "Genesis"
    for shown, kept in zip(entries[1:], list(small.node.log())[1:], strict=True):
        assert bytes.fromhex(shown["command_bytes"]) == kept.command
        assert shown["kind"] in c.COMMAND_NAMES


def test_an_export_says_what_it_cannot_read_of_an_entry(small, tmp_path):
    small.node.submit([b"not a command"])
    export_to(small.node, tmp_path / "out")
    last = json.loads((tmp_path / "out" / "entries.jsonl").read_text().splitlines()[-1])
    assert last["command"] is None
    assert last["outcome"]["refusal"]["reason"] == "malformed"


def test_the_balances_of_each_currency_sum_to_zero_in_the_exported_table(small, tmp_path):
    export_to(small.node, tmp_path / "out")
    with (tmp_path / "out" / "account.csv").open() as file:
        rows = list(csv.DictReader(file))
    for currency in ("IDR", "MYR"):
        assert sum(int(row["balance"]) for row in rows if row["currency"] == currency) == 0
