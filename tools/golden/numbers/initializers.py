"""Initializers of Keras: what the values must look like (fans, limits, mean and deviation), checked on a large sample of the real ones.

The numbers themselves cannot be compared: Keras and Rowan have different generators.
"""

import math

import numpy as np
from _fixture import described, keras, write_group

TRUNCATED = 0.87962566103423978  # standard deviation of a unit normal cut at two deviations
SHAPES = [(), (7,), (10, 4), (300, 64), (3, 5, 8), (2, 3, 4, 5)]
SAMPLE = (1000, 200)


def told(class_name, config, **facts):
    return {"initializer": described(class_name, **config), **facts}


def uniform(low, high):
    return {"distribution": "uniform", "low": low, "high": high, "mean": (low + high) / 2, "standardDeviation": (high - low) / math.sqrt(12)}


def normal(mean, deviation):
    return {"distribution": "normal", "mean": mean, "standardDeviation": deviation}


def truncated(mean, deviation):
    bounds = {"low": mean - 2 * deviation, "high": mean + 2 * deviation}
    return {"distribution": "truncatedNormal", **bounds, "mean": mean, "standardDeviation": deviation * TRUNCATED}


def scaled(scale, mode, distribution, shape):
    """VarianceScaling's formula with the fans that Keras computes."""
    fan_in, fan_out = keras.src.initializers.random_initializers.compute_fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(1.0, fan)
    fans = {"fanIn": fan_in, "fanOut": fan_out}
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return {**fans, **uniform(-limit, limit)}
    deviation = math.sqrt(variance)
    return {**fans, **(normal(0.0, deviation) if distribution == "untruncated_normal" else truncated(0.0, deviation / TRUNCATED))}


NAMED = {
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "truncated_normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "truncated_normal"),
}


def check(facts, class_name, config, shape):
    """The real initializer keeps the bounds, and has the mean and deviation of a sample of its size."""
    values = keras.ops.convert_to_numpy(getattr(keras.initializers, class_name)(**config, seed=5)(shape)).astype(np.float64)
    deviation, count = facts["standardDeviation"], values.size
    assert abs(values.mean() - facts["mean"]) < 5 * deviation / math.sqrt(count), (class_name, config, shape)
    assert abs(values.std() - deviation) < 5 * deviation / math.sqrt(count), (class_name, config, shape, values.std(), deviation)
    if "low" in facts:
        slack = 1e-6 * (facts["high"] - facts["low"])
        outside = ((values < facts["low"] - slack) | (values > facts["high"] + slack)).mean()
        # On torch, Keras takes the first of four normal draws that is within two deviations: 4 values in a million have none.
        assert outside <= (5e-5 if facts["distribution"] == "truncatedNormal" else 0), (class_name, config, shape, outside)


def cases():
    out = []

    def add(class_name, config, shape, facts):
        if facts["distribution"] != "constant":
            check(facts if shape == SAMPLE else facts_of(class_name, config, SAMPLE), class_name, config, SAMPLE)
        label = ", ".join(f"{key}={value}" for key, value in config.items())
        out.append({"name": f"{class_name}({label}) {list(shape)}", **told(class_name, config, shape=list(shape), **facts)})

    for class_name, config, value in (("Zeros", {}, 0.0), ("Ones", {}, 1.0), ("Constant", {}, 0.0), ("Constant", {"value": 0.25}, 0.25)):
        made = keras.ops.convert_to_numpy(getattr(keras.initializers, class_name)(**config)((10, 4)))
        assert (made == value).all()
        add(class_name, config, (10, 4), {"distribution": "constant", "mean": value, "standardDeviation": 0.0})
    for class_name, config in PLAIN:
        add(class_name, config, SAMPLE, facts_of(class_name, config, SAMPLE))
    for class_name in NAMED:
        for shape in SHAPES:
            add(class_name, {}, shape, facts_of(class_name, {}, shape))
    for mode in ("fan_in", "fan_out", "fan_avg"):
        for distribution in ("uniform", "truncated_normal", "untruncated_normal"):
            config = {"scale": 1.5, "mode": mode, "distribution": distribution}
            add("VarianceScaling", config, (300, 64), facts_of("VarianceScaling", config, (300, 64)))
    add("VarianceScaling", {}, (300, 64), facts_of("VarianceScaling", {}, (300, 64)))
    return out


PLAIN = [
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.2}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.5}),
]


def facts_of(class_name, config, shape):
    if class_name in NAMED:
        return scaled(*NAMED[class_name], shape)
    if class_name == "VarianceScaling":
        return scaled(config.get("scale", 1.0), config.get("mode", "fan_in"), config.get("distribution", "truncated_normal"), shape)
    if class_name == "RandomUniform":
        return uniform(config.get("minval", -0.05), config.get("maxval", 0.05))
    shape_of = normal if class_name == "RandomNormal" else truncated
    return shape_of(config.get("mean", 0.0), config.get("stddev", 0.05))


def main():
    write_group(
        "initializers",
        cases,
        absolute=0,
        relative=1e-6,
        reason=(
            "Formula values: bounds to float32 rounding. Mean and deviation of a sample of n values are right within "
            "5 deviations / sqrt(n); every case was checked that way on 200,000 values of the real initializer."
        ),
    )


if __name__ == "__main__":
    main()
