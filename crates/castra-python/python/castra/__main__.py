"""``python -m castra``: runs, registers and lists the flows in Python files, and is what an agent starts."""

import sys

from castra.cli import main

sys.exit(main())
