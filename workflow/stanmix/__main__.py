"""The command line, as ``python -m stanmix``."""

import sys

from stanmix.commandline import main

if __name__ == "__main__":
    sys.exit(main())
