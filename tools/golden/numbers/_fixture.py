"""How a fixture is computed, checked and written: tensors, names, tolerances, JSON.

A group is a function that returns cases. It runs twice, with Keras in float32 and in float64, on the same float32 inputs.
The first run is what is written; the second measures how far float32 arithmetic itself is from the mathematics, and the
group fails when that is more than half of the tolerance it recommends, or when the two differ in shape or structure.
"""

import json
import math
import os
import pathlib
import re

os.environ["KERAS_BACKEND"] = "torch"
# One instruction set for all machines, so that a fixture made elsewhere has the same last bits.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["MKL_CBWR"] = "COMPATIBLE"
os.environ["ONEDNN_MAX_CPU_ISA"] = "SSE41"

import keras
import numpy as np
import torch

torch.set_num_threads(1)

OUTPUT = pathlib.Path(__file__).resolve().parents[3] / "packages" / "conformance" / "fixtures" / "numbers"
WIDTH = 140


class Tensor:
    """An array of a fixture. Floats are stored as float32, integers as int32, booleans as 0 and 1."""

    def __init__(self, values):
        if isinstance(values, (torch.Tensor, keras.Variable)):
            values = keras.ops.convert_to_numpy(values)
        values = np.asarray(values)
        self.exact = not np.issubdtype(values.dtype, np.floating)
        self.values = values

    @property
    def dtype(self):
        if self.values.dtype == np.bool_:
            return "bool"
        return "int32" if self.exact else "float32"

    def json(self):
        out = {"shape": list(self.values.shape)}
        if self.dtype != "float32":
            out["dtype"] = self.dtype
        flat = self.values.reshape(-1)
        out["data"] = [int(v) for v in flat] if self.exact else [number(v) for v in flat]
        return out


def number(value):
    """The shortest decimal that reads back as the same float32; NaN and infinities as strings."""
    single = np.float32(value)
    if math.isnan(single):
        return "NaN"
    if math.isinf(single):
        return "Infinity" if single > 0 else "-Infinity"
    short = float(str(single))
    result = short if np.float32(short) == single else float(single)
    if result == 0 and math.copysign(1, result) < 0:
        return -0.0
    return int(result) if result == int(result) and abs(result) < 1e7 else result


def single(values):
    """Values rounded to float32: every input of a fixture goes through here."""
    return np.asarray(values, dtype=np.float32)


def uniform(seed, shape, low=-1.0, high=1.0, digits=3):
    """Reproducible inputs with few digits, rounded to float32."""
    return single(np.round(np.random.default_rng(seed).uniform(low, high, shape), digits))


def integers(seed, shape, low, high):
    """Reproducible int32 inputs from `low` to `high - 1`."""
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.int32)


def floatx(values):
    """An input in the precision of this run."""
    return keras.ops.convert_to_tensor(np.asarray(values).astype(keras.config.floatx()))


def camel(name):
    """`beta_1` -> `beta1`, `learning_rate` -> `learningRate`."""
    return re.sub(r"_([a-z0-9])", lambda match: match.group(1).upper(), name)


def described(class_name, **config):
    """A class and its configuration as a fixture names them; nested `(class, config)` pairs are described too."""
    return {"className": class_name, "config": {camel(key): plain(value) for key, value in config.items()}}


def plain(value):
    """A configuration value as JSON."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict):
        return described(value[0], **value[1])
    return value


def gradient(value, upstream, variables):
    """Gradients of `sum(value * upstream)`; zeros where nothing flows."""
    total = keras.ops.sum(value * upstream)
    if not total.requires_grad:
        return [torch.zeros_like(v) for v in variables]
    found = torch.autograd.grad(total, variables, allow_unused=True)
    return [torch.zeros_like(v) if g is None else g for g, v in zip(found, variables)]


def write_group(name, cases, absolute, relative, reason, within=None, **extra):
    """Runs `cases()` in both precisions, compares, and writes `<name>.json`.

    A case may carry a `tolerance` of its own, with its reason, which then stands in place of the group's; and a `check`,
    which is not written: the distance to float64 that is right for it where float32 defines the result. `within` gives
    tolerances for the values below some keys of a case; the innermost such key counts.
    """
    runs = []
    for precision in ("float32", "float64"):
        keras.backend.clear_session()
        keras.config.set_floatx(precision)
        keras.utils.set_random_seed(1)
        runs.append(cases())
    keras.config.set_floatx("float32")
    names = [case["name"] for case in runs[0]]
    assert len(set(names)) == len(names), f"{name}: case names repeat"
    tolerance = {"absolute": absolute, "relative": relative}
    distances, largest = [], 0.0
    for case, truth in zip(*runs, strict=True):
        check, _ = case.pop("check", None), truth.pop("check", None)
        share, far = distance(case, truth, check or case.get("tolerance", tolerance), within or {}, case["name"])
        if check is None:
            distances.append((share, case["name"]))
            largest = max(largest, far)
        elif share > 1:
            raise AssertionError(f"{name}: {case['name']}: {share:.3g} of its check")
    share, worst = max(distances)
    if share > 0.5:
        over = "\n".join(f"  {share:9.3g}  {case}" for share, case in sorted(distances, reverse=True) if share > 0.5)
        raise AssertionError(f"{name}: float32 is further from float64 than half of the tolerance:\n{over}")
    stated = {
        **tolerance,
        **({"within": within} if within else {}),
        "reason": reason,
        "float32": {"share": digits(share), "worst": worst, "absolute": digits(largest)},
    }
    size = write(name, stated, runs[0], extra)
    print(f"  {name}.json: {len(runs[0])} cases, {size} bytes; float32 uses {share:.2g} of the tolerance ({worst})")


def write_exact(name, cases, absolute, relative, reason, **extra):
    """Writes `<name>.json` for numbers that float32 itself defines, so that float64 says nothing about them."""
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), f"{name}: case names repeat"
    size = write(name, {"absolute": absolute, "relative": relative, "reason": reason}, cases, extra)
    print(f"  {name}.json: {len(cases)} cases, {size} bytes")


def write(name, tolerance, cases, extra):
    """Writes a file and says how long it is."""
    made_by = {
        "keras": keras.__version__,
        "backend": "torch",
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
    text = layout({"group": name, "madeBy": made_by, "tolerance": tolerance, **extra, "cases": cases}, "") + "\n"
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / f"{name}.json").write_text(text, encoding="utf-8")
    return len(text)


def digits(value):
    """One significant digit, rounded up, so that a last bit elsewhere does not change the file."""
    if value == 0:
        return 0
    scale = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.ceil(value / scale) * scale:.0e}")


def distance(a, b, tolerance, within, path):
    """The largest `|a - b| / (absolute + relative * |b|)` over two structures of one form, and the largest `|a - b|`."""
    if isinstance(a, Tensor):
        x, y = a.values, b.values
        if x.shape != y.shape:
            raise AssertionError(f"{path}: shapes {x.shape} and {y.shape}")
        if a.exact:
            if not np.array_equal(x, y):
                raise AssertionError(f"{path}: integers differ")
            return 0.0, 0.0
        x, y = x.astype(np.float64), y.astype(np.float64)
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        with np.errstate(invalid="ignore", over="ignore"):
            far = np.where(same, 0.0, np.abs(x - y))
            share = np.where(same, 0.0, far / (tolerance["absolute"] + tolerance["relative"] * np.abs(y)))
        if np.isnan(share).any() or np.isinf(share).any():
            raise AssertionError(f"{path}: NaN or infinity in one precision only: {x} {y}")
        return (float(share.max()), float(far.max())) if share.size else (0.0, 0.0)
    if isinstance(a, dict):
        if a.keys() != b.keys():
            raise AssertionError(f"{path}: keys differ")
        pairs = [distance(a[key], b[key], within.get(key, tolerance), within, f"{path}.{key}") for key in a]
    elif isinstance(a, (list, tuple)):
        pairs = [distance(x, y, tolerance, within, f"{path}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True))]
    else:
        if a != b:
            raise AssertionError(f"{path}: {a} and {b}")
        return 0.0, 0.0
    return max((p[0] for p in pairs), default=0.0), max((p[1] for p in pairs), default=0.0)


def layout(value, indent):
    """JSON with short things on one line and tensors never broken."""
    if isinstance(value, Tensor):
        return json.dumps(value.json(), allow_nan=False, separators=(",", ":"))
    flat = compact(value)
    deep = indent + "  "
    if flat is not None and len(flat) + len(indent) <= WIDTH:
        return flat
    if isinstance(value, dict):
        inner = ",\n".join(f"{deep}{json.dumps(key)}: {layout(item, deep)}" for key, item in value.items())
        return f"{{\n{inner}\n{indent}}}"
    if isinstance(value, (list, tuple)):
        inner = ",\n".join(f"{deep}{layout(item, deep)}" for item in value)
        return f"[\n{inner}\n{indent}]"
    return flat


def compact(value):
    """JSON on one line; None when it is certainly too long."""
    if isinstance(value, Tensor):
        return layout(value, "")
    if isinstance(value, dict):
        parts = [compact(item) for item in value.values()]
        if None in parts or sum(map(len, parts)) > WIDTH:
            return None
        return "{" + ", ".join(f"{json.dumps(key)}: {part}" for key, part in zip(value, parts)) + "}"
    if isinstance(value, (list, tuple)):
        parts = [compact(item) for item in value]
        return None if None in parts or sum(map(len, parts)) > WIDTH else "[" + ", ".join(parts) + "]"
    if isinstance(value, np.floating):
        value = number(value)
    return json.dumps(value, allow_nan=False)
