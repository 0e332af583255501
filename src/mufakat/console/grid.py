"""Tables, amounts and times as the terminal shows them: one look for all of them."""

import datetime
from collections.abc import Collection

from rich.box import SIMPLE_HEAD
from rich.table import Table

from mufakat.model.charter import Charter
from mufakat.model.money import format_amount


def titled(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """Return a table with a title: columns that fold their text, then those of figures, on the right."""
    table = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for column in right:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def headed(*headings: str, right: Collection[str]) -> Table:
    """Return a table without a title, columns in the order given; those named in `right` hold figures."""
    table = Table(box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left")
    return table


def money(charter: Charter, minor: int, currency: str) -> str:
    """Write an amount; a rejected payment can name a currency that nobody issues, which has no decimals."""
    issuer = charter.issuer(currency)
    return format_amount(minor, issuer.decimals if issuer is not None else 0, grouped=True)


def moment(at_us: int) -> str:
    """Write log time for people, to the second."""
    return f"{datetime.datetime.fromtimestamp(at_us // 1_000_000, datetime.UTC):%Y-%m-%d %H:%M:%S}"
