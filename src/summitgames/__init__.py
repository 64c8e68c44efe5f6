"""Game-theoretic analysis of one decision: whether two hostile leaders hold a summit.

The public names are listed, typed, in ``__init__.pyi`` and loaded when they are first used, so that
the import itself costs next to nothing. ``summitgames.models`` is the function; the sub-package of
the same name is reached with ``from summitgames.models import ...``.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
