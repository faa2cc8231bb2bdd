"""Metrics of Keras: what "accuracy" means for which shapes, weights, masks, and results that stream over batches."""

import numpy as np
from _fixture import Tensor, described, floatx, integers, keras, single, uniform, write_group
from keras.src.trainers.compile_utils import get_metric

# Row by row: targets, predictions. Ties (0.5 and equal maxima) are among them.
BINARY = ([[0], [1], [1], [0], [1]], [[0.2], [0.7], [0.5], [0.5001], [0.4]])
SPARSE = ([0, 2, 1, 1, 0], [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.4, 0.4, 0.2], [0.2, 0.6, 0.2], [0.1, 0.45, 0.45]])
WEIGHTS = [0.5, 2, 0, 1.5, 1]


def one_hot(ids, classes=3):
    return np.eye(classes, dtype=np.float32)[np.asarray(ids)]


def update(y_true, y_pred, weight=None, mask=None):
    """One batch as a fixture names it."""
    y_true = np.asarray(y_true)
    step = {"action": "update", "yTrue": Tensor(single(y_true) if y_true.dtype.kind == "f" else y_true.astype(np.int32))}
    step["yPred"] = Tensor(single(y_pred))
    if weight is not None:
        step["sampleWeight"] = Tensor(single(weight))
    if mask is not None:
        step["mask"] = Tensor(np.asarray(mask, dtype=bool))
    return step


RESET = {"action": "reset"}


def case(name, metric, steps):
    """A metric, or "accuracy" resolved by Keras from the shapes of the first batch, driven through the steps."""
    first = steps[0]
    if isinstance(metric, str):
        instance = get_metric(metric, first["yTrue"].values, first["yPred"].values)
        told = {"metric": metric, "resolvesTo": type(instance).__name__, "logName": instance.name}
    else:
        class_name, config = metric
        instance = getattr(keras.metrics, class_name)(**config)
        told = {"metric": described(class_name, **config)}
    out = []
    for step in steps:
        if step["action"] == "reset":
            instance.reset_state()
        else:
            pred = floatx(step["yPred"].values)
            if "mask" in step:
                keras.src.backend.set_keras_mask(pred, keras.ops.convert_to_tensor(step["mask"].values))
            weight = step.get("sampleWeight")
            instance.update_state(floatx(step["yTrue"].values), pred, sample_weight=None if weight is None else floatx(weight.values))
        out.append({**step, "result": Tensor(instance.result())})
    return {"name": name, **told, "steps": out}


def meanings():
    """What "accuracy" resolves to, and what it then says."""
    ids, rows = SPARSE
    wide = uniform(1, (3, 4, 3), 0, 1)
    steps = integers(2, (3, 4), 0, 3)
    flags = integers(3, (3, 4), 0, 2)
    chances = uniform(4, (3, 4), 0, 1)
    shapes = {
        "yTrue [n, 1], yPred [n, 1]": BINARY,
        "yTrue [n], yPred [n, 1]": ([row[0] for row in BINARY[0]], BINARY[1]),
        "yTrue [n], yPred [n, c]": (ids, rows),
        "yTrue [n, 1], yPred [n, c]": ([[i] for i in ids], rows),
        "yTrue [n, c], yPred [n, c]": (one_hot(ids), rows),
        "yTrue [n, t], yPred [n, t, c]": (steps, wide),
        "yTrue [n, t, 1], yPred [n, t, c]": (steps[..., None], wide),
        "yTrue [n, t, c], yPred [n, t, c]": (one_hot(steps), wide),
        "yTrue [n, t, 1], yPred [n, t, 1]": (flags[..., None], chances[..., None]),
        "yTrue [n, t], yPred [n, t, 1]": (flags, chances[..., None]),
        "yTrue [n, k], yPred [n, k], several yes-or-no answers in a row are taken as classes": (flags, chances),
    }
    for name, (y_true, y_pred) in shapes.items():
        yield case(f"accuracy, {name}", "accuracy", [update(y_true, y_pred)])
    yield case("acc keeps its name in the logs", "acc", [update(*BINARY)])


def weighted(name, metric, y_true, y_pred):
    """Two batches, weights [n], a reset, weights again."""
    y_true, y_pred = np.asarray(y_true), single(y_pred)
    halves = [slice(0, 3), slice(3, 5)]
    weights = single(WEIGHTS)
    yield case(f"{name}, streaming", metric, [update(y_true[h], y_pred[h]) for h in halves] + [RESET, update(y_true[halves[1]], y_pred[halves[1]])])
    yield case(f"{name}, weights, streaming", metric, [update(y_true[h], y_pred[h], weights[h]) for h in halves] + [RESET, update(y_true, y_pred, weights)])
    yield case(f"{name}, weights [n, 1]", metric, [update(y_true, y_pred, weights[:, None])])
    yield case(f"{name}, mask [n]", metric, [update(y_true, y_pred, mask=[1, 1, 0, 0, 1])])
    yield case(f"{name}, mask and weights [n]", metric, [update(y_true, y_pred, weights, [1, 1, 0, 0, 1])])
    yield case(f"{name}, mask of zeros", metric, [update(y_true, y_pred, mask=[0, 0, 0, 0, 0])])


def timed(name, metric, y_true, y_pred):
    """Per-timestep targets `[3, 4, ...]` with masks and weights."""
    mask = [[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]]
    weights = [[1, 0.5, 2, 1], [0, 1, 1, 3], [1, 1, 1, 1]]
    yield case(f"{name}, rank 3", metric, [update(y_true, y_pred)])
    yield case(f"{name}, rank 3, mask", metric, [update(y_true, y_pred, mask=mask), update(y_true, y_pred)])
    yield case(f"{name}, rank 3, weights [n, t]", metric, [update(y_true, y_pred, weights)])
    yield case(f"{name}, rank 3, weights [n]", metric, [update(y_true, y_pred, [0.5, 2, 1])])
    yield case(f"{name}, rank 3, mask and weights [n, t]", metric, [update(y_true, y_pred, weights, mask)])


def cases():
    out = [*meanings()]
    ids, rows = SPARSE
    values = (uniform(5, (5, 2), -2, 2), uniform(6, (5, 2), -2, 2))
    out += weighted("BinaryAccuracy", ("BinaryAccuracy", {}), *BINARY)
    out += weighted("CategoricalAccuracy", ("CategoricalAccuracy", {}), one_hot(ids), rows)
    out += weighted("SparseCategoricalAccuracy", ("SparseCategoricalAccuracy", {}), ids, rows)
    out += weighted("MeanAbsoluteError", ("MeanAbsoluteError", {}), *values)
    out += weighted("MeanSquaredError", ("MeanSquaredError", {}), *values)
    for threshold in (0.3, 0.7):
        out.append(case(f"BinaryAccuracy, threshold {threshold}", ("BinaryAccuracy", {"threshold": threshold}), [update(*BINARY)]))
    steps, wide = integers(2, (3, 4), 0, 3), uniform(1, (3, 4, 3), 0, 1)
    flags, chances = integers(3, (3, 4, 1), 0, 2), uniform(4, (3, 4, 1), 0, 1)
    out += timed("SparseCategoricalAccuracy", ("SparseCategoricalAccuracy", {}), steps, wide)
    out += timed("CategoricalAccuracy", ("CategoricalAccuracy", {}), one_hot(steps), wide)
    out += timed("BinaryAccuracy", ("BinaryAccuracy", {}), flags, chances)
    out += timed("MeanSquaredError", ("MeanSquaredError", {}), uniform(7, (3, 4, 2)), uniform(8, (3, 4, 2)))
    out += timed("MeanAbsoluteError", ("MeanAbsoluteError", {}), uniform(7, (3, 4, 2)), uniform(8, (3, 4, 2)))
    return out


def main():
    write_group(
        "metrics",
        cases,
        absolute=5e-7,
        relative=5e-7,
        reason="Counts and short means: a few float32 additions and one division.",
    )


if __name__ == "__main__":
    main()
