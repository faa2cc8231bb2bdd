"""Losses of Keras: values and gradients over shapes, reductions, sample weights, masks, smoothing and clipped probabilities."""

import numpy as np
from _fixture import Tensor, described, floatx, gradient, integers, keras, single, uniform, write_group

REDUCTIONS = ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none")
MASKS = {2: [[1, 1, 0, 1], [1, 0, 0, 0]], 1: [1, 0, 1, 1]}
EDGE = "1 - 1e-7 is 1 - 2**-23 in float32: the upper end of the clip is what float32 makes of it."


def softmax(x):
    e = np.exp(x.astype(np.float64))
    return single(np.round(e / e.sum(-1, keepdims=True), 4))


def one_hot(ids, classes):
    return np.eye(classes, dtype=np.float32)[ids]


def data(kind, shape):
    """Targets and predictions of a shape that a loss takes, predictions being probabilities where the loss wants them."""
    seed = 10 * len(shape) + shape[0]
    if kind == "regression":
        return uniform(seed, shape, -2, 2), uniform(seed + 1, shape, -2, 2)
    if kind == "binary":
        return single(integers(seed, shape, 0, 2)), uniform(seed + 1, shape, 0.02, 0.98)
    if kind == "binaryLogits":
        return single(integers(seed, shape, 0, 2)), uniform(seed + 1, shape, -6, 6)
    logits = uniform(seed + 1, shape, -3, 3)
    ids = integers(seed, shape[:-1], 0, shape[-1])
    predictions = logits if kind.endswith("Logits") else softmax(logits)
    return (ids if kind.startswith("sparse") else one_hot(ids, shape[-1])), predictions


def case(note, class_name, config, y_true, y_pred, weight=None, mask=None, **extra):
    loss = getattr(keras.losses, class_name)(**config)
    true = floatx(y_true)
    given = floatx(y_pred).requires_grad_(True)
    pred = given * 1
    if mask is not None:
        keras.src.backend.set_keras_mask(pred, keras.ops.convert_to_tensor(np.asarray(mask, dtype=bool)))
    value = loss(true, pred, sample_weight=None if weight is None else floatx(single(weight)))
    (slope,) = gradient(value, 1.0, [given])
    out = {"name": f"{class_name} {note}", "loss": described(class_name, **config)}
    out |= {"yTrue": Tensor(np.asarray(y_true)), "yPred": Tensor(np.asarray(y_pred))}
    if weight is not None:
        out["sampleWeight"] = Tensor(single(weight))
    if mask is not None:
        out["mask"] = Tensor(np.asarray(mask, dtype=bool))
    return {**out, "value": Tensor(value.detach()), "gradient": Tensor(slope), **extra}


def variants(class_name, config, kind, last):
    """Every reduction with and without weights and masks, at ranks 2 and 3."""
    note = "".join(f"{key}={value}, " for key, value in config.items())
    for reduction in REDUCTIONS:
        options = {**config, "reduction": reduction}
        two, three = data(kind, (4, last)), data(kind, (2, 4, last))
        label = f"{note}{reduction}"
        yield case(f"{label}, rank 2", class_name, options, *two)
        yield case(f"{label}, rank 2, weights", class_name, options, *two, weight=[0.5, 2, 0, 1.25])
        yield case(f"{label}, rank 3, mask and weights", class_name, options, *three, weight=[[1, 2, 3, 0.5], [2, 1, 1, 1]], mask=MASKS[2])
        if reduction in ("sum_over_batch_size", "none"):
            yield case(f"{label}, rank 2, weights [batch, 1]", class_name, options, *two, weight=[[0.5], [2], [0], [1.25]])
            yield case(f"{label}, rank 2, mask", class_name, options, *two, mask=MASKS[1])
            yield case(f"{label}, rank 3", class_name, options, *three)
            yield case(f"{label}, rank 3, mask", class_name, options, *three, mask=MASKS[2])
            yield case(f"{label}, rank 3, weights [batch, time]", class_name, options, *three, weight=[[1, 2, 3, 0.5], [0, 1, 0, 1]])


def ranks(class_name, kind):
    """Rank 1, and ranks that differ by one."""
    y_true, y_pred = data(kind, (4,))
    yield case("rank 1", class_name, {}, y_true, y_pred)
    yield case("yTrue [4, 1], yPred [4]", class_name, {}, y_true[:, None], y_pred)
    yield case("yTrue [4], yPred [4, 1]", class_name, {}, y_true, y_pred[:, None])
    yield case("yTrue [4], yPred [4, 1], weights", class_name, {}, y_true, y_pred[:, None], weight=[1, 2, 0, 0.5])
    y_true, y_pred = data(kind, (2, 3))
    yield case("yTrue [2, 3], yPred [2, 3, 1]", class_name, {}, y_true, y_pred[..., None])


def clipped():
    """Probabilities at and beyond the ends of the clip, where no gradient flows."""
    ends = single([[0], [1], [0], [1], [5e-8], [2e-7]])
    targets = single([[1], [0], [0], [1], [1], [1]])
    extra = {"why": EDGE, "check": {"absolute": 1e-6, "relative": 0.02}}
    for reduction in ("sum_over_batch_size", "none"):
        yield case(f"clipped probabilities, {reduction}", "BinaryCrossentropy", {"reduction": reduction}, targets, ends, **extra)
    rows = single([[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0], [0.2, 0.6, 0.8]])
    ids = np.asarray([0, 0, 1, 2], dtype=np.int32)
    for class_name, y_true in (("SparseCategoricalCrossentropy", ids), ("CategoricalCrossentropy", one_hot(ids, 3))):
        for reduction in ("sum_over_batch_size", "none"):
            yield case(f"clipped and unnormalised rows, {reduction}", class_name, {"reduction": reduction}, y_true, rows, **extra)
    logits = single([[-50], [50], [120], [-120], [0]])
    signs = single([[1], [0], [1], [0], [1]])
    for reduction in ("sum_over_batch_size", "none"):
        yield case(f"far logits, {reduction}", "BinaryCrossentropy", {"from_logits": True, "reduction": reduction}, signs, logits)
    wide = single([[1000, 0, -1000], [0, 0, 0], [-90, 90, 0], [1e9, 1e9, 1e9]])
    for class_name, y_true in (("SparseCategoricalCrossentropy", ids), ("CategoricalCrossentropy", one_hot(ids, 3))):
        yield case("far logits, none", class_name, {"from_logits": True, "reduction": "none"}, y_true, wide)


def sparse_details():
    name = "SparseCategoricalCrossentropy"
    y_true, y_pred = data("sparse", (4, 5))
    yield case("yTrue [4, 1]", name, {}, y_true[:, None], y_pred)
    y_true, y_pred = data("sparse", (2, 4, 5))
    yield case("yTrue [2, 4, 1]", name, {}, y_true[..., None], y_pred)
    for ignored in (-1, 0):
        labels = y_true.copy()
        labels[0, 1] = labels[1, 2] = labels[1, 3] = ignored
        for reduction in REDUCTIONS:
            for logits in (False, True):
                config = {"ignore_class": ignored, "from_logits": logits, "reduction": reduction}
                pred = data("sparseLogits" if logits else "sparse", (2, 4, 5))[1]
                note = f"ignore_class={ignored}, from_logits={logits}, {reduction}"
                yield case(note, name, config, labels, pred)
                if not logits:
                    yield case(f"{note}, mask and weights", name, config, labels, pred, weight=[[1, 2, 3, 0.5], [2, 1, 1, 1]], mask=MASKS[2])


def masks():
    """Masks that leave nothing, or everything."""
    y_true, y_pred = data("regression", (2, 4, 3))
    for reduction in REDUCTIONS:
        yield case(f"{reduction}, mask of zeros", "MeanSquaredError", {"reduction": reduction}, y_true, y_pred, mask=np.zeros((2, 4)))
    yield case("mask of ones", "MeanSquaredError", {}, y_true, y_pred, mask=np.ones((2, 4)))
    yield case("weights of zeros, mean_with_sample_weight", "MeanSquaredError", {"reduction": "mean_with_sample_weight"}, y_true[:, 0], y_pred[:, 0], weight=[0, 0])
    equal = single([[1, -2, 0.5]])
    yield case("no difference", "MeanAbsoluteError", {}, equal, equal)


def cases():
    out = []
    for class_name in ("MeanSquaredError", "MeanAbsoluteError"):
        out += [*variants(class_name, {}, "regression", 3), *ranks(class_name, "regression")]
    for config, kind in (({}, "binary"), ({"label_smoothing": 0.2}, "binary"), ({"from_logits": True}, "binaryLogits")):
        out += variants("BinaryCrossentropy", config, kind, 3)
    both = {"from_logits": True, "label_smoothing": 0.1}
    out.append(case("from_logits and label_smoothing", "BinaryCrossentropy", both, *data("binaryLogits", (4, 1))))
    out += ranks("BinaryCrossentropy", "binary")
    for config, kind in (({}, "categorical"), ({"label_smoothing": 0.1}, "categorical"), ({"from_logits": True}, "categoricalLogits")):
        out += variants("CategoricalCrossentropy", config, kind, 4)
    out.append(case("from_logits and label_smoothing", "CategoricalCrossentropy", both, *data("categoricalLogits", (4, 4))))
    for config, kind in (({}, "sparse"), ({"from_logits": True}, "sparseLogits")):
        out += variants("SparseCategoricalCrossentropy", config, kind, 5)
    return [*out, *sparse_details(), *masks(), *clipped()]


def main():
    write_group(
        "losses",
        cases,
        absolute=1e-6,
        relative=2e-6,
        reason="One float32 evaluation over a handful of elements; logarithms and a few sums.",
    )


if __name__ == "__main__":
    main()
