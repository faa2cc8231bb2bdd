"""NumPy's `str` of arrays: what packages/api/src/tensor/format.ts must print, byte for byte."""

import json
import math
import pathlib
import random

import numpy

TARGET = pathlib.Path(__file__).resolve().parents[3] / "packages" / "conformance" / "fixtures" / "numpy-print.json"

# Where the notation or the rounding changes: NumPy takes exponents from 1e8, below 1e-4, and over a ratio of 1000.
EDGES = {
    "zeros": [0.0, 0.0],
    "negative zero": [-0.0, 0.0],
    "whole": [1.0, 2.0, 30.0],
    "mixed signs": [-1.5, 2.25, 0.0],
    "a table's row": [0.01, -0.02, 0.03, 0.04],
    "thirds": [1 / 3, 2 / 3, 1.0],
    "nine decimals that end in five": [2**-9, 3 * 2**-9, 5 * 2**-9],
    "more decimals than are shown": [0.0123456789, 0.001],
    "just below 1e8": [99999992.0, 1e8 - 8, 33554432.0, 123456.0],
    "at 1e8": [1e8, 1.0],
    "just below 1e-4": [0.000099999, 0.01],
    "at 1e-4": [0.0001, 0.01],
    "ratio of 1000": [0.001, 1.0],
    "ratio above 1000": [0.001, 1.01],
    "tiny and huge": [1e-38, 3.4e38, 1.5],
    "three digits of exponent would be float64's": [1.2345678e-10, 1.0],
    "exponents of zero": [0.0, 1e-7, -0.0],
    "denormal": [1e-45, 1.1754942e-38],
    "integers beyond 2^24": [16777216.0, 16777218.0],
    "nan": [math.nan, 1.0],
    "infinities": [math.inf, -math.inf, 1.0],
    "only nan": [math.nan, math.nan],
    "only infinities": [math.inf, -math.inf],
    "nan and long decimals": [math.nan, 0.123456789],
    "nan and exponents": [math.nan, 1e-9, -math.inf],
    "one": [7.0],
}

SCALARS = [0.0, -0.0, 1.0, 1.5, -2.25, 0.1, 1e-4, 9.9e-5, 1e-5, 123456789.0, 1e15, 1e16, 3.4e38, math.nan, math.inf, -math.inf, 1 / 3]


def plain(value):
    """A number as JSON can carry it: what it has no notation for becomes a string."""
    if isinstance(value, float) and (not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "-0" if value == 0 else "NaN")
    return value


def case(name, values, dtype="float32", shape=None):
    """One array with its text."""
    array = numpy.array(values, dtype=dtype)
    if shape is not None:
        array = array.reshape(shape)
    # Read back: what JSON carries is the exact value of the element.
    data = [plain(value) for value in array.reshape(-1).tolist()]
    return {"name": name, "dtype": dtype, "shape": list(array.shape), "data": data, "text": str(array)}


def long_case(name, dtype, shape, divide):
    """An array too long to write down: element i is ((37 i) mod 1009 - 500) / divide."""
    count = math.prod(shape)
    values = [((i * 37) % 1009 - 500) / divide for i in range(count)]
    array = numpy.array(values).astype(dtype).reshape(shape)
    return {"name": name, "dtype": dtype, "shape": list(shape), "divide": divide, "text": str(array)}


def random_cases():
    """Values as they occur in weights, losses and counts, over many magnitudes."""
    source = random.Random(7)
    for index in range(60):
        size = source.choice([1, 2, 3, 5])
        yield case(f"random magnitudes {index}", [source.choice([-1, 1]) * 10 ** source.uniform(-12, 12) for _ in range(size)])
    for index in range(60):
        low = source.uniform(-3, 6)
        yield case(f"random decimals {index}", [10 ** (low + source.uniform(0, 2)) for _ in range(4)])


def all_cases():
    """Every case, in a fixed order."""
    for name, values in EDGES.items():
        yield case(name, values)
    for value in SCALARS:
        yield case(f"scalar {value}", value)
    yield case("scalar int32", -7, "int32")
    yield case("scalar bool", True, "bool")
    for exponent in range(-30, 40):
        yield case(f"2 to the {exponent}", [2.0**exponent])
    yield from random_cases()
    yield case("int32", [1, -20, 300], "int32")
    yield case("int32 limits", [-(2**31), 2**31 - 1, 0], "int32")
    yield case("uint8", [0, 255, 7], "uint8")
    yield case("int8", [-128, 127, 0], "int8")
    yield case("bool", [True, False, True], "bool")
    yield case("bool, all true", [True, True], "bool")
    yield case("bool, all false", [False, False], "bool")
    yield case("matrix", [[0.01, -0.02], [0.03, 0.04], [-0.05, 0.06]])
    yield case("matrix of integers", [[1, 20], [300, 4]], "int32")
    yield case("matrix of booleans", [[True, False], [False, True]], "bool")
    yield case("rank 3", [[[1.5, 2], [3, 4]], [[5, 6], [7, 8]]])
    yield case("rank 3, rows of one", [[[1.0]], [[2.0]]])
    yield case("rank 4", list(range(16)), "int32", [2, 2, 2, 2])
    yield case("a prediction", [[[0.0123, -0.04, 0.0312, 0.001], [0.02, 0.0456, -0.0012, 0.03]]])
    for shape in ([0], [0, 3], [2, 0], [2, 0, 3]):
        yield case(f"empty {shape}", [], "float32", shape)
    yield case("wraps at 75 columns, integers", list(range(60)), "int32")
    yield case("wraps at 75 columns, floats", [i / 7 for i in range(40)])
    for width in range(1, 13):
        # The last element stands before a bracket: these lengths end at, before and after the margin.
        yield case(f"wraps elements of width {width}", [10 ** (width - 1) if width < 11 else 1] * 75, "int32")
    for columns in (14, 15, 16, 17, 18, 19, 24, 25):
        yield case(f"wraps rows of {columns}", list(range(2 * columns)), "int32", [2, columns])
        yield case(f"wraps rows of {columns}, rank 3", list(range(4 * columns)), "int32", [2, 2, columns])
    yield case("a word longer than a line is not broken", [1.2345678e-30, 1.0] * 30)
    for shape in ([1000], [1001], [40, 26], [26, 40], [7, 150], [6, 200], [2, 600], [600, 2], [10, 11, 12], [2, 3, 200], [1, 1, 1001]):
        yield long_case(f"summarised floats {shape}", "float32", shape, 8)
        yield long_case(f"summarised integers {shape}", "int32", shape, 1)
    yield long_case("summarised exponents", "float32", [50, 50], 1e7)
    yield long_case("summarised and wrapped", "float32", [6, 170], 7)
    yield long_case("summarised booleans", "bool", [40, 40], 1)


def main():
    cases = [json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in all_cases()]
    head = json.dumps({"numpy": numpy.__version__})
    body = ",\n".join(f"  {entry}" for entry in cases)
    TARGET.write_text(f'{{\n "madeWith": {head},\n "cases": [\n{body}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
