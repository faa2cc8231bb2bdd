"""`python3 tools/golden [group...]` is `make.py`."""

import sys

import make

if __name__ == "__main__":
    sys.exit(make.main(sys.argv[1:]))
