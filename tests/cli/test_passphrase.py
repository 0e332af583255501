import os
import pty
import subprocess
import sys

import pytest

from mufakat.cli import passphrase
from mufakat.node import keyfile
from mufakat.node.keys import PassphraseMissing

KDF = keyfile.Kdf("argon2id", 64, 1, 4, "00" * 16)


def same(first, second) -> bool:
    return first.key(KDF) == second.key(KDF)


def said(text: str) -> keyfile.Passphrase:
    return keyfile.Passphrase(lambda: text)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_holds_one_line_whatever_its_end(tmp_path, end):
    file = tmp_path / "passphrase"
    file.write_bytes(f"correct horse battery{end}".encode())
    assert same(passphrase.to_open(file), said("correct horse battery"))
    assert same(passphrase.to_seal(file), said("correct horse battery"))


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"", "one line"), (b"\n", "one line"), (b"one\ntwo\n", "one line"), (b"\xff\xfe", "not UTF-8")],
)
def test_a_file_that_holds_no_passphrase_is_named(tmp_path, data, told):
    file = tmp_path / "passphrase"
    file.write_bytes(data)
    with pytest.raises(PassphraseMissing, match=f"passphrase: .*{told}"):
        passphrase.to_open(file).key(KDF)
    with pytest.raises(PassphraseMissing, match="cannot be read"):
        passphrase.to_open(tmp_path / "none").key(KDF)


def test_a_new_passphrase_is_long_enough(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text("short")
    with pytest.raises(PassphraseMissing, match="at least 12"):
        passphrase.to_seal(file)
    passphrase.to_open(file).key(KDF)  # what was sealed with it elsewhere still opens


def test_without_a_file_and_a_terminal_what_to_do_is_told():
    with pytest.raises(PassphraseMissing, match="MUFAKAT_PASSPHRASE_FILE"):
        passphrase.to_open(None).key(KDF)


def at_a_terminal(lines: list[str], *words: object) -> tuple[int, str]:
    """Run the program at a terminal of its own and type lines as it asks."""
    program = [sys.executable, "-c", "from mufakat.cli import main; main()", *map(str, words)]
    ours, theirs = pty.openpty()
    done = subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    screen, typed = "", 0
    try:
        while data := os.read(ours, 1024):
            screen += data.decode()
            if screen.count(": ") > typed and typed < len(lines) and screen.endswith(": "):
                os.write(ours, f"{lines[typed]}\n".encode())
                typed += 1
    except OSError:
        pass  # the terminal closes with the program
    finally:
        os.close(ours)
    return done.wait(), screen


def test_a_terminal_asks_twice_for_a_new_passphrase_and_once_for_a_known_one(tmp_path):
    words = ("--home", tmp_path, "keys", "make", "QM", "--role")
    text = "correct horse battery"
    code, screen = at_a_terminal([text, text], *words, "vote")
    assert (code, screen.count("Again")) == (0, 1), screen
    assert "horse" not in screen
    code, screen = at_a_terminal([text], *words, "submit")
    assert (code, screen.count("Again")) == (0, 0), screen
    code, screen = at_a_terminal(["another one"], *words, "audit")
    assert code == 1
    assert "another passphrase" in screen


def test_a_slip_of_the_keyboard_makes_no_key(tmp_path):
    code, screen = at_a_terminal(
        ["correct horse battery", "correct house battery"], "--home", tmp_path, "keys", "make", "QM"
    )
    assert code == 1
    assert "differ" in screen
    assert list(tmp_path.iterdir()) == []
