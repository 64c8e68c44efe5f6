"""TOML is read exactly, and an error says where it is."""

from decimal import Decimal

import pytest

from summitgames import GameError
from summitgames.case.toml_files import parse_toml


def test_decimals_are_exact() -> None:
    table = parse_toml(b"a = 0.1\nb = 1e-3\nc = 7\n[d]\ne = 0.30000000000000000001", "x.toml")
    assert table["a"] == Decimal("0.1")
    assert table["b"] == Decimal("0.001")
    assert table["c"] == 7
    assert table["d"]["e"] == Decimal("0.30000000000000000001")


def test_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    assert parse_toml(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n", "x.toml") == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 1\nb = 2\na = 3", "x.toml: line 3, column 6: key 'a' is given twice"),
        (b"a = 1\n\xef\xbb\xbfb = 2", "x.toml: line 2, column 1: invalid statement"),
        (b"a = 1\r\nb c", "x.toml: line 2, column 3: expected '=' after a key"),
        (b"a = 1\nb =", "x.toml: line 2, column 4: invalid value"),
        (b"a = 'x", 'x.toml: line 1, column 7: expected "\'"'),
        (b"[t]\n[t]", "x.toml: line 2, column 3: cannot declare ('t',) twice"),
        (b"a = 1\nb = '\xff'", "x.toml: line 2, column 6: byte 0xff is not UTF-8"),
        (b"\xef\xbb\xbfa = 1\n\xff", "x.toml: line 2, column 1: byte 0xff is not UTF-8"),
        (b"a = " + b"[" * 10_000, "x.toml: values nested too deeply"),
        (b"a = " + b"1" * 10_000, "x.toml: Exceeds the limit"),
        (b"a = 1e99999999999999999999", "x.toml: an exponent too large"),
        (b"\x00", "x.toml: line 1, column 1:"),
    ],
    ids=range(12),
)
def test_errors_say_where(content: bytes, message: str) -> None:
    with pytest.raises(GameError) as caught:
        parse_toml(content, "x.toml")
    assert str(caught.value).startswith(message)
    assert "; expected" in str(caught.value)
