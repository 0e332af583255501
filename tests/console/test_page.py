"""What all pages have in common: nothing from outside is obeyed, nothing missing is passed over."""

import jinja2
import pytest

from mufakat.console.page import environment


def test_amounts_and_counts_are_written_with_separators():
    page = environment().from_string("{{ amount | money(2) }} {{ count | number }}")
    assert page.render(amount=-123_456, count=1_234) == "-1,234.56 1,234"


def test_markup_from_outside_is_text_and_what_is_missing_is_an_error():
    assert environment().from_string("{{ name }}").render(name="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ name }}").render()
