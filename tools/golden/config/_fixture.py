"""Reads what Rowan wrote, writes what Keras says, in one canonical form."""

import importlib.metadata
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "packages" / "conformance" / "fixtures" / "config"


def summary(model, width):
    """What `model.summary()` prints."""
    lines = []
    model.summary(line_length=width, print_fn=lambda text, **_: lines.append(text))
    return "\n".join(lines)


def rowan_models(style):
    """(name, JSON text) of each model that Rowan wrote for a style."""
    cases = json.loads((FOLDER / "rowan.json").read_text(encoding="utf-8"))["cases"]
    return [(case["name"], json.dumps(case[style])) for case in cases if style in case]


def write(name, packages, **groups):
    """Writes a fixture with one line for each case."""
    made_with = {package: importlib.metadata.version(package) for package in packages}
    out = ["{", f' "madeWith": {json.dumps(made_with)}']
    for key, cases in groups.items():
        out[-1] += ","
        out += [f' "{key}": [', ",\n".join("  " + json.dumps(case, ensure_ascii=False, allow_nan=False) for case in cases), " ]"]
    out.append("}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text("\n".join(out) + "\n", encoding="utf-8")
