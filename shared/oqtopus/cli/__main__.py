"""`python -m oqtopus.cli`, where the command is not installed."""

import sys

from oqtopus.cli import main

if __name__ == "__main__":
    sys.exit(main())
