"""Activations of Keras: values and gradients on a grid with extremes, and values at infinities and NaN."""

import inspect
import warnings

import numpy as np
from _fixture import Tensor, camel, floatx, gradient, keras, single, uniform, write_group

NAMES = (
    "linear relu relu6 leaky_relu elu selu gelu sigmoid hard_sigmoid silu hard_silu tanh softplus softsign exponential mish"
).split()
OPTIONS = [
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 2.0}),
    ("relu", {"threshold": 1.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 1.0}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
]
MAGNITUDES = [0, 1e-30, 1e-7, 1e-3, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 9, 12, 15, 17, 20, 21, 30, 50, 80, 87]
HUGE = [88.5, 100, 1000, 1e10]


def grid(name):
    """Both signs of every magnitude; huge ones only where the result stays finite."""
    up = MAGNITUDES + ([] if name == "exponential" else HUGE)
    return single([-v for v in reversed(MAGNITUDES + HUGE)] + up)


def elementwise(name, config):
    function = getattr(keras.activations, name)
    x = floatx(grid(name)).requires_grad_(True)
    y = function(x, **config)
    (slope,) = gradient(y, 1.0, [x])
    return case(name, config, x=Tensor(x.detach()), y=Tensor(y.detach()), gradient=Tensor(slope))


def special(name):
    x = floatx(single([np.inf, -np.inf, np.nan]))
    return case(name, {}, "at infinity and NaN", x=Tensor(x), y=Tensor(getattr(keras.activations, name)(x)))


def normalised(name, config, x, upstream, note):
    x = floatx(x).requires_grad_(True)
    y = getattr(keras.activations, name)(x, **config)
    (slope,) = gradient(y, floatx(upstream), [x])
    return case(name, config, note, x=Tensor(x.detach()), y=Tensor(y.detach()), upstream=Tensor(single(upstream)), gradient=Tensor(slope))


def case(name, config, note="", **tensors):
    options = {camel(key): value for key, value in config.items()}
    label = " ".join([name, *(f"{key}={value}" for key, value in config.items()), *([note] if note else [])])
    return {"name": label, "activation": name, "config": options, **tensors}


def cases():
    out = [elementwise(name, {}) for name in NAMES]
    out += [elementwise(name, config) for name, config in OPTIONS]
    out += [special(name) for name in NAMES]
    for name in ("softmax", "log_softmax"):
        out.append(normalised(name, {}, uniform(1, (3, 5), -4, 4), uniform(2, (3, 5)), "rank 2"))
        out.append(normalised(name, {}, uniform(3, (2, 3, 4), -4, 4), uniform(4, (2, 3, 4)), "rank 3"))
        out.append(normalised(name, {"axis": 1}, uniform(5, (2, 3, 4), -4, 4), uniform(6, (2, 3, 4)), "rank 3"))
        far = single([[1000, 999, -1000, 0], [-1e30, -1e30, -1e30, -1e30], [88, -88, 0, 1], [0, 0, 0, 0]])
        out.append(normalised(name, {}, far, uniform(7, (4, 4)), "far apart"))
        out.append(normalised(name, {}, single([[3.5], [-2]]), single([[1], [2]]), "one class"))
    return out


def main():
    warnings.simplefilter("ignore")  # softmax over one class
    assert all(inspect.isfunction(getattr(keras.activations, name)) for name in NAMES)
    write_group(
        "activations",
        cases,
        absolute=2e-6,
        relative=2e-6,
        reason="One float32 evaluation. Composed forms (erf, exp, tanh of large or cancelling arguments) lose a few last bits.",
    )


if __name__ == "__main__":
    main()
