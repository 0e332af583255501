"""Pages from the templates beside this module: what they have in common."""

import jinja2

from mufakat.model.money import format_amount


def environment() -> jinja2.Environment:
    """Return an environment of strict, escaping templates, with the filters `money` and `number`."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("mufakat.console", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "money": lambda minor, decimals: format_amount(minor, decimals, grouped=True),
        "number": lambda count: f"{count:,}",
    }
    return made
