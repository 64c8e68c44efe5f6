"""Whether a figure can be read: its texts within it, none on another, and nothing left behind."""

from collections.abc import Callable, Iterator
from itertools import combinations

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox


@pytest.fixture(autouse=True)
def _no_state_left() -> Iterator[None]:
    """Drawing changes no setting; figures of a test are closed after it."""
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


def _boxes(ax: Axes) -> list[tuple[str, Bbox]]:
    """Visible texts of the figure and where they are, in pixels."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    drawn = [text for text in texts if text.get_text().strip()]
    if not ax.axison:  # their ticks' labels exist, and are not drawn
        hidden = {id(artist) for axis in (ax.xaxis, ax.yaxis) for artist in axis.findobj(Text)}
        drawn = [text for text in drawn if id(text) not in hidden]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in drawn]


@pytest.fixture
def assert_readable() -> Callable[[Axes], None]:
    """Assertion that all texts are within the figure and that no two overlap."""

    def check(ax: Axes) -> None:
        figure = ax.get_figure(root=True)
        assert figure is not None
        boxes = _boxes(ax)
        assert boxes
        page = figure.bbox
        for text, box in boxes:
            assert page.x0 <= box.x0, text
            assert box.x1 <= page.x1, text
            assert page.y0 <= box.y0, text
            assert box.y1 <= page.y1, text
        for (text, box), (other, over) in combinations(boxes, 2):
            assert not box.overlaps(over), f"{text!r} overlaps {other!r}"

    return check


@pytest.fixture
def texts() -> Callable[[Axes], list[str]]:
    """All texts that stand on the axes."""
    return lambda ax: [text.get_text() for text in ax.texts]
