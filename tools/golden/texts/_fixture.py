"""Writes fixtures in one canonical form: the same run gives the same bytes."""

import importlib.metadata
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "packages" / "conformance" / "fixtures" / "texts"


def versions(*packages):
    """The installed versions of `packages`, by name."""
    return {name: importlib.metadata.version(name) for name in packages}


def write(name, made_with, **content):
    """Writes `name` with one line for each entry of each list or dict in `content`, so that a diff shows what moved."""
    out = ["{", f' "madeWith": {dump(made_with)}']
    for key, value in content.items():
        out[-1] += ","
        if isinstance(value, dict):
            body = [f"  {dump(k)}: {dump(v)}" for k, v in value.items()]
            out += [f" {dump(key)}: {{", ",\n".join(body), " }"]
        else:
            out += [f" {dump(key)}: [", ",\n".join(f"  {dump(entry)}" for entry in value), " ]"]
    out.append("}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text("\n".join(out) + "\n", encoding="utf-8")


def dump(value):
    """Compact JSON, readable as text; NaN and infinities must already be strings."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
