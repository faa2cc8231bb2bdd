"""Regularizers of Keras (values and gradients) and constraints (projections) on given matrices."""

from _fixture import Tensor, described, floatx, gradient, keras, single, uniform, write_group

REGULARIZERS = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1}),
    ("L1L2", {"l2": 0.1}),
    ("L1L2", {"l1": 0.1, "l2": 0.05}),
]
CONSTRAINTS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 1.0, "axis": 1}),
    ("MaxNorm", {"max_value": 0.5, "axis": 0}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("NonNeg", {}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.5, "axis": 1}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.5, "rate": 0.25, "axis": 1}),
    ("MinMaxNorm", {"min_value": 1.0, "max_value": 1.0, "rate": 0.0, "axis": 0}),
]
MATRICES = {
    "matrix": uniform(1, (4, 3), -2, 2),
    "small": uniform(2, (4, 3), -0.1, 0.1),
    "rows of zeros": single([[0, 0, 0], [3, -4, 0], [0, 0, 0], [1e-4, 0, -1e-4]]),
    "vector": uniform(3, (5,), -2, 2),
}


def told(pair):
    return f"{pair[0]}({', '.join(f'{key}={value}' for key, value in pair[1].items())})"


def regularized(pair, name, matrix):
    w = floatx(matrix).requires_grad_(True)
    value = getattr(keras.regularizers, pair[0])(**pair[1])(w)
    (slope,) = gradient(value, 1.0, [w])
    facts = {"w": Tensor(matrix), "value": Tensor(value.detach()), "gradient": Tensor(slope)}
    return {"name": f"{told(pair)}, {name}", "kind": "regularizer", "regularizer": described(pair[0], **pair[1]), **facts}


def constrained(pair, name, matrix):
    projected = getattr(keras.constraints, pair[0])(**pair[1])(floatx(matrix))
    facts = {"w": Tensor(matrix), "projected": Tensor(projected)}
    return {"name": f"{told(pair)}, {name}", "kind": "constraint", "constraint": described(pair[0], **pair[1]), **facts}


def cases():
    out = [regularized(pair, name, matrix) for pair in REGULARIZERS for name, matrix in MATRICES.items()]
    return out + [
        constrained(pair, name, matrix)
        for pair in CONSTRAINTS
        for name, matrix in MATRICES.items()
        if pair[1].get("axis", 0) < matrix.ndim
    ]


def main():
    write_group(
        "regularizers-constraints",
        cases,
        absolute=1e-7,
        relative=1e-6,
        reason="One float32 evaluation: a norm over at most five values, one division.",
    )


if __name__ == "__main__":
    main()
