"""The models that exist, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from summitgames.errors import require_known

if TYPE_CHECKING:
    from summitgames.models.summit_model import SummitModel

__all__ = ["model", "models"]

_NAMES = (
    "preconditions",
    "distrust",
    "legitimacy",
    "vicious_cycle",
    "security",
    "venue",
    "representation",
    "prolongation",
    "composite",
)


def models() -> tuple[str, ...]:
    """Names of the models.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import summitgames as sg
    >>> sg.models()[:3]
    ('preconditions', 'distrust', 'legitimacy')
    """
    return _NAMES


def model(name: str) -> SummitModel:
    """A model by name.

    Parameters
    ----------
    name
        One of `models`.

    Raises
    ------
    GameError
        If there is none of that name.

    Examples
    --------
    >>> import summitgames as sg
    >>> sg.model("preconditions").solve("article")["path"]
    'conditions_first > meet'
    """
    require_known("model", name, _NAMES)
    found: SummitModel = import_module(f"summitgames.models.{name}").MODEL
    return found
