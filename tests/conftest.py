"""Where compiled kernels are cached, how Hypothesis draws, and a backend without a screen."""

import hashlib
import importlib.util
import os
from pathlib import Path

from hypothesis import settings


def kernel_cache() -> Path:
    """Folder named by a hash of all kernel sources.

    Numba looks at the file of a cached kernel only: after an edit in another file that it calls, it
    would go on running the old code.
    """
    package = importlib.util.find_spec("summitgames")
    assert package is not None
    assert package.origin is not None
    digest = hashlib.sha256()
    for source in sorted(Path(package.origin).with_name("kernels").rglob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    key = digest.hexdigest()[:16]
    base = Path(os.environ.get("NUMBA_CACHE_DIR", Path(__file__).parents[1] / ".numba_cache"))
    return base if base.name == key else base / key


# Before anything imports numba or matplotlib, which read these once.
os.environ["NUMBA_CACHE_DIR"] = str(kernel_cache())
os.environ["MPLBACKEND"] = "Agg"
# Compiled kernels are what is tested; what is interpreted at first is compared with them.
os.environ.setdefault("SUMMITGAMES_INTERPRET_SECONDS", "0")

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
