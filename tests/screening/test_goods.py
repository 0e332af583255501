"""Lists of goods rules: read from a CSV, what is wrong with one told by file and line, and the starter list."""

import csv
import datetime
import io

import pytest

from mufakat.model.goods import Effect, Place
from mufakat.screening import goods, table
from mufakat.screening.entry import ListFaulty

HEADING = "id,effect,hs,goods,places,countries,source,paragraph,exemption,since,until\n"
COAL = "coal,refuse,27.01,coal,dispatch; origin,kp,UNSCR 2371 (2017),8,,2017-08-05,\n"
ARMS = "arms,review,,arms and related materiel,destination,LY;HT,Own law,3,Police,,2030-12-31\n"


def read(text):
    return goods.read(text.encode(), "rules.csv")


def test_a_line_is_a_rule():
    coal, arms = read(HEADING + COAL + ARMS)
    assert (coal.id, coal.effect, coal.hs, coal.goods) == ("coal", Effect.REFUSE, "2701", "coal")
    assert (coal.places, coal.countries) == ((Place.ORIGIN, Place.DISPATCH), ("KP",))
    assert (coal.cited, coal.since, coal.until) == (
        "UNSCR 2371 (2017), paragraph 8",
        datetime.date(2017, 8, 5),
        None,
    )
    assert (arms.hs, arms.countries, arms.exemption) == ("", ("HT", "LY"), "Police")


def test_columns_stand_in_any_order_and_some_may_be_missing():
    (rule,) = read("goods,effect,id,paragraph,source,hs\nmicroprocessors,watch,mp,Annex I,Own law,854231\n")
    assert (rule.effect, rule.hs, rule.countries) == (Effect.WATCH, "854231", ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "rules.csv:1: there is no column 'id'"),
        ("id,effect\n", "rules.csv:1: there is no column 'goods'"),
        (HEADING, "has no rule"),
        ("colour," + HEADING, "'colour' is no column"),
        ("id," + HEADING, "'id' is no column, or is there twice"),
        (HEADING + COAL + COAL, "rules.csv:3: id 'coal' stands on two lines"),
        (HEADING + COAL[:-2] + "\n", "rules.csv:2: not as many columns"),
        (HEADING + COAL[:-1] + ",x\n", "rules.csv:2: not as many columns"),
        (HEADING + COAL.replace("refuse", "forbid"), "rules.csv:2: effect 'forbid' is none of: refuse"),
        (HEADING + COAL.replace("origin", "home"), "rules.csv:2: places: 'home' is none of: origin"),
        (HEADING + COAL.replace("27.01", "27.0"), "rules.csv:2: hs: '270'"),
        (HEADING + COAL.replace("kp", "DPRK"), "rules.csv:2: countries: 'DPRK'"),
        (HEADING + COAL.replace("2017-08-05", "5.8.2017"), "rules.csv:2: since '5.8.2017' is no date"),
        (HEADING + COAL.replace("2017-08-05", "0000-00-00"), "rules.csv:2: since"),
        (HEADING + ARMS.replace("LY;HT", ""), "rules.csv:2: places: countries have places"),
        (HEADING + COAL.replace("coal,dis", "c\u202eoal,dis"), "rules.csv:2: goods"),
        (HEADING + COAL + '"coal' + COAL, "rules.csv: after line 2: unexpected end of data"),
        (HEADING + COAL + "\0", "null bytes"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line(text, says):
    with pytest.raises(ListFaulty, match=r"rules\.csv") as told:
        read(text)
    assert says in str(told.value)


def test_a_file_that_is_not_utf_8_says_so():
    with pytest.raises(ListFaulty, match="byte 78 is not UTF-8"):
        goods.read((HEADING + "caf\xe9").encode("latin-1"), "rules.csv")


def test_a_file_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    with pytest.raises(ListFaulty, match="No such file"):
        goods.load(tmp_path / "none.csv")
    path = tmp_path / "rules.csv"
    path.write_text(HEADING + COAL, encoding="utf-8")
    assert len(goods.load(path)) == 1
    monkeypatch.setattr(table, "MAX_BYTES", 10)
    with pytest.raises(ListFaulty, match="No list is so large"):
        goods.load(path)


def test_the_starter_list_says_of_each_row_how_it_was_checked():
    rows = list(csv.DictReader(io.StringIO(goods.starter_bytes().decode())))
    assert len(rows) == len(goods.starter())
    assert {row["checked"] for row in rows} == {"text", "summary"}
    assert all(row["source"].startswith("UNSCR ") for row in rows)


def test_what_the_starter_list_leaves_to_a_person_is_what_has_an_exemption_or_no_code_of_the_resolution():
    """A measure that the Council renews, limits or excepts from by category refuses nothing of itself."""
    refusing = {each.countries for each in goods.starter() if each.effect is Effect.REFUSE}
    assert refusing == {("KP",), ("SO",)}
