"""A mirror brings any views up to a journal by its own replay, and says when they are of another history."""

from contextlib import ExitStack, closing

import msgspec
import pytest

from mufakat.journal.log import Journal, JournalDamaged, JournalInUse
from mufakat.model import outcome as outcomes
from mufakat.model.outcome import DONE
from mufakat.node import mirror as own
from mufakat.node.embedded import Node
from mufakat.node.home import Home
from mufakat.node.mirror import JournalFile, Mirror, RunningNode, source_of
from mufakat.projections.dialect import DatabaseFailed
from mufakat.projections.store import Views
from tests.journal import histories
from tests.projections.conftest import folded
from tests.projections.test_store import all_rows
from tests.union import settled_world

ENTRIES = len(histories.day().log) + 1


@pytest.fixture
def home(tmp_path) -> Home:
    """The home of an embedded node that has had a day."""
    histories.write(tmp_path / "home", histories.day(), size=5)
    return Home(tmp_path / "home")


@pytest.fixture
def mirrored(home, tmp_path, monkeypatch):
    """Opens a mirror of a home in a file of views; a page has few entries."""
    monkeypatch.setattr(own, "_PAGE_BYTES", 1_000)
    with ExitStack() as stack:

        def opened(source=None):
            views = Views.open(tmp_path / "mirror.db")
            made = Mirror(views, source or source_of(home))
            stack.callback(views.close)
            return made

        yield opened


def whole(mirror) -> int:
    """Catch up; returns how many pages it took."""
    return sum(1 for _ in iter(mirror.advance, False))


def assert_it_holds_the_day(mirror):
    with closing(folded(histories.day())) as views:
        assert all_rows(mirror.views.sql) == all_rows(views.sql)
    assert mirror.folded == mirror.of == mirror.views.entries == ENTRIES and mirror.behind == 0
    assert mirror.at_us == histories.day().log[-1][1]


def test_a_mirror_holds_what_the_views_of_the_node_do(mirrored):
    mirror = mirrored()
    assert whole(mirror) > 5
    assert_it_holds_the_day(mirror)


def test_a_mirror_goes_on_from_each_page(mirrored):
    began = []
    while not began or began[-1] < ENTRIES:
        mirror = mirrored()
        began.append(mirror.folded)
        while mirror.folded == began[-1] and mirror.advance():
            assert mirror.behind == ENTRIES - mirror.folded
        mirror.views.close()
    assert began == sorted(set(began)) and len(began) > 5
    last = mirrored()
    whole(last)
    assert_it_holds_the_day(last)


def test_it_follows_what_is_appended_and_leaves_the_journal_to_commands(home, mirrored):
    mirror = mirrored()
    whole(mirror)
    with Node.open(home.folder, lambda: mirror.at_us) as node:
        node.submit([b"no command either"])
    assert whole(mirror) == 1
    assert mirror.folded == mirror.of == mirror.views.entries == ENTRIES + 1
    assert not mirror.advance()
    with Journal.open(home.journal):
        assert not mirror.advance(), "nothing has changed: the journal is not even opened"


def test_a_journal_that_a_command_has_for_long_is_told(home, mirrored, monkeypatch):
    monkeypatch.setattr(own, "_PATIENCE_SECONDS", 0.2)
    mirror = mirrored()
    with Journal.open(home.journal), pytest.raises(JournalInUse):
        mirror.advance()
    assert mirror.advance()


class Told:
    """A journal that says what it is told to."""

    def __init__(self, entries):
        self._entries = entries

    def page(self, first):
        return own.Page(self._entries[first:], len(self._entries))


@pytest.fixture
def entries(home):
    with Journal.open(home.journal) as journal:
        return list(journal.entries())


def test_views_of_another_union_are_refused_and_left_alone(mirrored, tmp_path):
    whole(mirrored())
    other = settled_world(max_payment=77)
    histories.write(tmp_path / "other", other)
    while len(other.log) < ENTRIES:
        other.send(b"nothing")
    with Journal.open(tmp_path / "other" / "journal.db") as journal:
        first = next(journal.entries())
    mirror = mirrored(Told([first] * ENTRIES))
    with pytest.raises(DatabaseFailed, match=r"of another union; .*--anew"):
        mirror.advance()
    assert mirror.views.entries == ENTRIES


def test_views_that_are_ahead_of_the_journal_are_refused(mirrored, entries):
    whole(mirrored())
    with pytest.raises(
        DatabaseFailed, match=rf"hold {ENTRIES} entries and the journal {ENTRIES - 1}: .*--anew"
    ):
        mirrored(Told(entries[:-1])).advance()


def test_views_whose_last_entry_is_not_the_journals_are_refused(mirrored, entries):
    mirror = mirrored(Told(entries))
    whole(mirror)
    with mirror.views.sql as sql:
        sql.execute("UPDATE entry SET digest = ? WHERE number = ?", (bytes(32), ENTRIES - 1))
    with pytest.raises(DatabaseFailed, match=rf"entry {ENTRIES - 1} of the views is not that of the journal"):
        whole(mirrored(Told(entries)))


def test_an_outcome_that_replay_does_not_give_is_told_with_its_entry(mirrored, entries):
    refused = next(each for each in entries if each.command == b"not a command")
    forged = [*entries]
    forged[refused.seq] = msgspec.structs.replace(refused, outcome=outcomes.encode(DONE))
    with pytest.raises(JournalDamaged, match=f"entry {refused.seq}: replay gives another outcome"):
        whole(mirrored(Told(forged)))


def test_the_journal_of_a_running_node_is_read_while_it_runs(live, tmp_path):
    source = source_of(live.home)
    assert isinstance(source, RunningNode)
    with closing(source), closing(Views.open(tmp_path / "mirror.db")) as views:
        mirror = Mirror(views, source)
        whole(mirror)
        with closing(Views.open_to_read(live.home.views)) as of_node:
            assert mirror.folded >= of_node.entries > 0
            assert all_rows(views.sql)["account"] == all_rows(of_node.sql)["account"]


def test_the_journal_of_an_embedded_node_is_a_file(home):
    assert isinstance(source_of(home), JournalFile)
