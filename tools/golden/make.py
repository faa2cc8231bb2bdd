"""Regenerates the golden fixtures: `python3 tools/golden/make.py [group...]`, or `npm run golden`.

A group is a folder beside this file; its scripts run one by one, each in a process of its own, because a process can
hold Keras on one backend only. Without arguments every group is made. Scripts whose name starts with `_` are helpers.
The scripts run with the Python of `tools/golden/.venv` where it exists, else with the one that runs this file.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def interpreter():
    """The Python that has Keras."""
    for path in (HERE / ".venv" / "bin" / "python", HERE / ".venv" / "Scripts" / "python.exe"):
        if path.exists():
            return str(path)
    return sys.executable


def groups():
    """The folders that hold scripts, in alphabetical order."""
    return sorted(
        path.name
        for path in HERE.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_")) and any(path.glob("*.py"))
    )


def scripts(group):
    """The scripts of a group, in alphabetical order."""
    return sorted(path for path in (HERE / group).glob("*.py") if not path.name.startswith("_"))


def main(arguments):
    known = groups()
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"Unknown group: {', '.join(unknown)}. The groups are: {', '.join(known)}.", file=sys.stderr)
        return 2
    for group in arguments or known:
        for script in scripts(group):
            print(f"{group}/{script.name}", flush=True)
            code = subprocess.run([interpreter(), str(script)]).returncode
            if code != 0:
                print(f"{group}/{script.name} failed with exit code {code}.", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
