"""The sheet, its measures and its texts."""

import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from summitgames.drawing.canvas import (
    Marker,
    Sheet,
    axes_inches,
    check_axes,
    number_text,
    shorten,
    text_width,
)
from summitgames.errors import GameError


@pytest.mark.parametrize("text", ["offload", "pays $5, or $6", "sponsor > back > stays_honoured"])
@pytest.mark.parametrize("bold", [True, False])
@pytest.mark.parametrize("dpi", [72, 100, 600])
def test_text_fits_into_the_width_that_was_measured(text: str, bold: bool, dpi: int) -> None:
    sheet = Sheet.open(4.0, 1.0, None)
    sheet.write(0.5, 0.5, text, 8.0, weight="bold" if bold else "normal")
    figure = sheet.ax.get_figure(root=True)
    assert figure is not None
    figure.set_dpi(dpi)
    renderer = FigureCanvasAgg(figure).get_renderer()
    drawn = sheet.ax.texts[0].get_window_extent(renderer).width / dpi
    measured = text_width(text, 8.0, bold=bold)
    pixel = 1 / dpi  # extents are of whole pixels
    assert drawn - 2 * pixel <= measured
    if dpi == 600:
        assert measured <= 1.1 * drawn + pixel


def test_coordinates_are_inches() -> None:
    sheet = Sheet.open(5.0, 2.0, None)
    assert sheet.scale == 1.0
    assert axes_inches(sheet.ax) == pytest.approx((5.0, 2.0))
    across, up = sheet.ax.transData.transform([(0, 0), (1, 1)])[1]
    figure = sheet.ax.get_figure(root=True)
    assert figure is not None
    assert across == pytest.approx(figure.dpi)
    assert up == pytest.approx(figure.dpi * (2.0 - 1))


def test_small_axes_scale_text_and_large_ones_do_not() -> None:
    figure = plt.figure(figsize=(4, 4))
    half = Sheet.open(4.0, 4.0, figure.add_axes((0, 0, 1, 0.5)))
    assert half.scale == pytest.approx(0.5)
    half.write(1, 1, "text", 8.0)
    assert half.ax.texts[0].get_fontsize() == pytest.approx(4.0)
    assert Sheet.open(2.0, 1.0, figure.add_axes((0, 0, 1, 1))).scale == 1.0


def test_keys_take_the_height_that_was_foreseen() -> None:
    entries = [(f"a kind of node {number}", Marker("red", "blue")) for number in range(9)]
    sheet = Sheet.open(3.0, 2.0, None)
    height = Sheet.keys_height([label for label, _ in entries], 3.0)
    assert sheet.keys(entries, 0.25) == pytest.approx(0.25 + height)
    assert len({text.get_position()[1] for text in sheet.ax.texts}) > 1


def test_numbers_and_long_texts() -> None:
    assert number_text(-0.25) == "\N{MINUS SIGN}0.25"
    assert number_text(-0.0) == "0"
    assert number_text(1234.5678) == "1235"
    assert number_text(-999999.4) == "\N{MINUS SIGN}999999"
    assert number_text(999.4) == "999"
    assert number_text(999.6) == "1000"
    assert number_text(1234567.0) == "1.23e+06"
    assert shorten("two\n words", 20) == "two words"
    assert shorten("abcdef", 4) == "abc…"
    assert text_width("", 9.0) == 0.0


@pytest.mark.parametrize("projection", ["3d", "polar"])
def test_axes_that_are_no_plane_are_refused(projection: str) -> None:
    ax = plt.figure().add_subplot(projection=projection)
    with pytest.raises(GameError, match=f"ax: of projection '{projection}'; expected axes"):
        check_axes(ax)
    check_axes(plt.figure().add_subplot())
