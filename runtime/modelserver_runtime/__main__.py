"""`python -m modelserver_runtime`."""

import sys

from modelserver_runtime.cli import main

sys.exit(main())
