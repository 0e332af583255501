import pytest

from mufakat.cli.debtfile import apart, opened_text, read_file, read_rates
from mufakat.cli.terminal import Failed
from tests.cli.conftest import EXAMPLES


def quiet(*_):
    """Tell nobody."""


def test_files_are_read_together_and_a_fault_names_file_and_line(tmp_path):
    debts, terms = read_file(EXAMPLES / "debts.csv", 0, quiet, EXAMPLES / "terms.csv")
    assert terms.most == {("Weavers, United", "IDR"): 60_000}
    assert read_rates(EXAMPLES / "fixings.csv", debts) == {"IDR": 100, "VND": 63}
    wrong = tmp_path / "terms.csv"
    wrong.write_text("firm,most\nnobody,1\n")
    with pytest.raises(Failed, match=r"terms\.csv: line 2: firm: 'nobody'"):
        read_file(EXAMPLES / "debts.csv", 0, quiet, wrong)


def test_what_is_read_is_not_written_over(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x")
    apart(file, None, tmp_path / "b.csv")
    with pytest.raises(Failed, match="is the file to read"):
        apart(file, file)


def test_a_file_in_another_encoding_is_said(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("debtor,creditor,amount\né,b,1\n".encode("latin-1"))
    with pytest.raises(Failed, match="not UTF-8"):
        read_file(file, 0, quiet)
    with opened_text(EXAMPLES / "debts.csv") as stream:
        assert stream.readline().startswith("id,")
