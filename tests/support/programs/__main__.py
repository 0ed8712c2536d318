"""`python -m programs [NAME…]`: build what is named, or everything, and print where it lies."""

from __future__ import annotations

import argparse
import sys

from programs import CRDS, PROGRAMS, BuildFailed, crds, program


def main() -> int:
    """The command line; 1 when something can't be built."""
    parser = argparse.ArgumentParser(prog="programs", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*PROGRAMS, *CRDS]))
    names = parser.parse_args().names or [*PROGRAMS, *CRDS]
    if unknown := [name for name in names if name not in {*PROGRAMS, *CRDS}]:
        parser.error(f"no such program: {', '.join(unknown)}")
    try:
        for name in names:
            print(program(name) if name in PROGRAMS else crds(name)[0].parent)
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
