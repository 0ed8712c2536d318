"""Writes the reference to standard output: `python -m modelserver_operator.reference`."""

import sys

from modelserver_operator.reference import reference

sys.stdout.write(reference())
