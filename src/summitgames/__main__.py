"""``python -m summitgames``: the command line."""

import sys

from summitgames.cli import main

if __name__ == "__main__":
    sys.exit(main())
