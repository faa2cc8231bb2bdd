"""Learning-rate schedules of Keras: the rate at given steps."""

import numpy as np
from _fixture import Tensor, described, keras, write_group

STEPS = [0, 1, 2, 3, 7, 10, 19, 20, 21, 49, 50, 51, 99, 100, 101, 150, 199, 200, 201, 500, 1000]
RATE = {"initial_learning_rate": 0.1}
SCHEDULES = [
    ("ExponentialDecay", {**RATE, "decay_steps": 50, "decay_rate": 0.9}),
    ("ExponentialDecay", {**RATE, "decay_steps": 50, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 20, "decay_rate": 0.5}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 20, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [10, 100], "values": [0.1, 0.05, 0.01]}),
    ("PolynomialDecay", {**RATE, "decay_steps": 100}),
    ("PolynomialDecay", {**RATE, "decay_steps": 100, "end_learning_rate": 0.01, "power": 2.0}),
    ("PolynomialDecay", {**RATE, "decay_steps": 100, "end_learning_rate": 0.01, "power": 0.5, "cycle": True}),
    ("CosineDecay", {**RATE, "decay_steps": 200}),
    ("CosineDecay", {**RATE, "decay_steps": 200, "alpha": 0.1}),
    ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 150, "warmup_target": 0.1, "warmup_steps": 50}),
    ("CosineDecay", {**RATE, "decay_steps": 150, "alpha": 0.05, "warmup_target": 0.2, "warmup_steps": 20}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 50}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 30, "t_mul": 1.5, "m_mul": 0.5, "alpha": 0.1}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 50, "t_mul": 1.0, "m_mul": 0.9}),
]


def case(class_name, config):
    schedule = getattr(keras.optimizers.schedules, class_name)(**config)
    # As an optimizer calls it: with its counter, an integer variable.
    counter = keras.Variable(0, dtype="int", trainable=False)
    rates = []
    for step in STEPS:
        counter.assign(step)
        rates.append(float(schedule(counter)))
    label = ", ".join(f"{key}={value}" for key, value in config.items())
    return {"name": f"{class_name}({label})", "schedule": described(class_name, **config), "rates": Tensor(np.asarray(rates))}


def main():
    write_group(
        "schedules",
        lambda: [case(*pair) for pair in SCHEDULES],
        absolute=1e-7,
        relative=2e-6,
        reason="One float32 formula; cosines near their zero and powers lose a few last bits.",
        inputs={"steps": Tensor(np.asarray(STEPS, dtype=np.int32))},
    )


if __name__ == "__main__":
    main()
