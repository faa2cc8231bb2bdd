"""Hundreds of steps of every optimizer on an Embedding with ids from a Zipf distribution: some rows at every step, some once, some never."""

import warnings

import numpy as np
from _fixture import Tensor, keras, single, uniform, write_group
from _optimizers import built, told

ROWS, COLUMNS, STEPS, BATCH, LENGTH = 60, 4, 300, 4, 2
SNAPSHOTS = (1, 10, 100, 300)
COSINE = ("CosineDecay", {"initial_learning_rate": 0.02, "decay_steps": 250, "alpha": 0.1})
WARM = ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 200, "warmup_target": 0.02, "warmup_steps": 40})
EXPONENTIAL = ("ExponentialDecay", {"initial_learning_rate": 0.02, "decay_steps": 50, "decay_rate": 0.8})
STAIRS = ("ExponentialDecay", {"initial_learning_rate": 0.05, "decay_steps": 60, "decay_rate": 0.5, "staircase": True})
SCHEDULE_NAMES = {id(COSINE): "cosine", id(WARM): "cosine with a warm-up", id(EXPONENTIAL): "exponential", id(STAIRS): "exponential in stairs"}
CHANGE = [[150, 0.002]]

RUNS = [
    ("SGD", {"learning_rate": 0.5}),
    ("SGD", {"learning_rate": 0.2, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.2, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.2, "momentum": 0.9, "weight_decay": 0.01}, [[100, 0.02]]),
    ("SGD", {"learning_rate": STAIRS, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.01}),
    ("Adam", {"learning_rate": 0.01}, CHANGE),
    ("Adam", {"learning_rate": COSINE}),
    ("Adam", {"learning_rate": WARM}),
    ("Adam", {"learning_rate": EXPONENTIAL}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.9}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.0}),
    ("Adam", {"learning_rate": 0.01, "epsilon": 0.001}),
    ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    ("Adam", {"learning_rate": COSINE, "amsgrad": True}),
    ("Adam", {"learning_rate": 0.01, "clipnorm": 0.05}),
    ("Adam", {"learning_rate": 0.01, "clipvalue": 0.01}),
    ("Adam", {"learning_rate": 0.01, "global_clipnorm": 0.05}),
    ("Adam", {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 50}),
    ("AdamW", {"learning_rate": 0.01}),
    ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}, CHANGE),
    ("AdamW", {"learning_rate": COSINE, "weight_decay": 0.05, "amsgrad": True}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.005, "momentum": 0.9}),
    ("RMSprop", {"learning_rate": 0.002, "centered": True, "epsilon": 0.00001}),
    ("RMSprop", {"learning_rate": 0.002, "centered": True, "momentum": 0.5, "epsilon": 0.00001}, CHANGE),
    ("RMSprop", {"learning_rate": EXPONENTIAL}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "weight_decay": 0.01}),
]


def zipf():
    """`[steps, batch, length]` ids; row 0 is in every step, the last rows appear once or never."""
    random = np.random.default_rng(20)
    weights = 1 / np.arange(1, ROWS + 1) ** 1.9
    ids = random.choice(ROWS, size=(STEPS, BATCH, LENGTH), p=weights / weights.sum())
    ids[:, 0, 0] = 0
    return ids.astype(np.int32)


IDS = zipf()
INITIAL = uniform(21, (ROWS, COLUMNS), -0.5, 0.5, 2)


def targets(step, ids):
    """The formula that the fixture states; it keeps moving, so that gradients do not vanish."""
    position = np.arange(BATCH * LENGTH).reshape(BATCH, LENGTH, 1)
    mixed = 7 * ids[..., None] + 3 * np.arange(COLUMNS) + 5 * step + 2 * position
    return single((mixed % 11 - 5) / 10)


def run(class_name, config, changes=()):
    model = keras.Sequential([keras.layers.Embedding(ROWS, COLUMNS)])
    model.build((BATCH, LENGTH))
    model.set_weights([INITIAL])
    optimizer = built(class_name, config)
    model.compile(optimizer=optimizer, loss="mse")
    weights, rates = {}, dict(changes)
    for step in range(STEPS):
        if step in rates:
            optimizer.learning_rate = rates[step]
        model.train_on_batch(IDS[step], targets(step, IDS[step]))
        if step + 1 in SNAPSHOTS:
            weights[str(step + 1)] = Tensor(model.get_weights()[0])
    options = ", ".join(f"{key}={SCHEDULE_NAMES.get(id(value), value)}" for key, value in config.items())
    out = {"name": f"{class_name}({options}){' with a change of learning rate' if changes else ''}", "optimizer": told(class_name, config)}
    return {**out, **({"learningRates": list(changes)} if changes else {}), "weights": weights}


def cases():
    return [run(*arguments) for arguments in RUNS]


def main():
    warnings.simplefilter("ignore")
    counts = np.bincount(IDS.reshape(-1), minlength=ROWS)
    assert counts[0] >= STEPS and (counts == 1).any() and (counts == 0).any()
    write_group(
        "optimizers-long",
        cases,
        absolute=2e-5,
        relative=2e-5,
        reason=(
            "Hundreds of float32 steps; Keras takes 1 - beta_2**t in float32, which is wrong by up to 6e-5 of itself in the first steps, "
            "and so are the first of Adam's steps."
        ),
        inputs={
            "initial": Tensor(INITIAL),
            "ids": Tensor(IDS),
            "targets": "float32(((7 * id + 3 * column + 5 * step + 2 * (position in the batch, flat)) mod 11 - 5) / 10), step from 0",
            "loss": "mse",
        },
    )


if __name__ == "__main__":
    main()
