"""Small Sequential models of Keras trained from given weights with `shuffle=False`: history, weights, evaluate, predict.

Keras on torch clips the probabilities that a sigmoid or softmax gave (no logits are recovered): that is the reference.
"""

import numpy as np
from _fixture import integers, single, uniform, write_group
from _models import case, split


def emb(rows=10, columns=3, **config):
    return ("Embedding", {"input_dim": rows, "output_dim": columns, **config})


FLATTEN = ("Flatten", {})
POOL = ("GlobalAveragePooling1D", {})
YES = ("Dense", {"units": 1, "activation": "sigmoid"})
CLASSES = ("Dense", {"units": 3, "activation": "softmax"})
ADAM = ("Adam", {"learning_rate": 0.01})
SGD = ("SGD", {"learning_rate": 0.5})

IDS = integers(1, (11, 4), 0, 10)
FLAGS = integers(2, (11,), 0, 2)
NUMBERS = uniform(3, (11, 1), -1, 1)
PADDED = np.asarray(
    [[3, 1, 0, 0], [2, 2, 5, 0], [1, 4, 3, 2], [9, 0, 0, 0], [7, 8, 0, 0], [6, 6, 6, 1], [5, 0, 0, 0], [4, 2, 8, 0]], dtype=np.int32
)
KINDS = np.asarray([0, 2, 1, 1, 0, 2, 2, 1], dtype=np.int32)
STEPS = integers(4, (8, 4), 0, 3)
WEIGHTS = single([1, 0.5, 2, 0, 1, 1.5, 3, 0.25, 1, 1, 2])
BINARY = {"optimizer": ADAM, "loss": "binary_crossentropy", "metrics": ["accuracy"]}
CLASSIFIER = [emb(), FLATTEN, YES]
SPARSE = {"optimizer": ADAM, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
AVERAGED = [emb(mask_zero=True), POOL, CLASSES]


def fit(x, y, **arguments):
    return "fit", {"x": x, "y": y, "batch_size": 4, **arguments}


def tutorial():
    rows = uniform(5, (10, 4), -0.05, 0.05)
    x = np.asarray([[1, 2]], dtype=np.int32)
    compile = {"optimizer": "adam", "loss": "mse"}
    yield case("the tutorial: ten words, four numbers each", [emb(10, 4)], compile, [("predict", {"x": x})], initial=[rows])
    y = np.full((1, 2, 4), 0.5, dtype=np.float32)
    yield case("the tutorial, trained", [emb(10, 4)], compile, [fit(x, y, epochs=5), ("predict", {"x": x})], initial=[rows])


def kinds():
    """The usual models, whole and with a last partial batch."""
    after = [("evaluate", {"x": IDS, "y": FLAGS, "batch_size": 4}), ("predict", {"x": IDS, "batch_size": 4})]
    yield case("binary, last batch partial", CLASSIFIER, BINARY, [fit(IDS, FLAGS, epochs=3), *after])
    yield case("binary, targets [n, 1]", CLASSIFIER, BINARY, [fit(IDS, FLAGS[:, None], epochs=2)])
    acc = {**BINARY, "metrics": ["acc", "mse", "mae"]}
    yield case("binary, acc, mse, mae", CLASSIFIER, acc, [fit(IDS, FLAGS, epochs=2), ("evaluate", {"x": IDS, "y": FLAGS})])
    logits = {**BINARY, "loss": ("BinaryCrossentropy", {"from_logits": True}), "metrics": [("BinaryAccuracy", {"threshold": 0.0})]}
    yield case("binary, from logits", [emb(), FLATTEN, ("Dense", {"units": 1})], logits, [fit(IDS, FLAGS, epochs=2)])
    smooth = {**BINARY, "loss": ("BinaryCrossentropy", {"label_smoothing": 0.2})}
    yield case("binary, label smoothing", CLASSIFIER, smooth, [fit(IDS, FLAGS, epochs=2)])
    mse = {"optimizer": ("RMSprop", {"learning_rate": 0.01}), "loss": "mse", "metrics": ["mae"]}
    yield case("regression, mse", [emb(), FLATTEN, ("Dense", {"units": 1})], mse, [fit(IDS, NUMBERS, epochs=3)])
    yield case("regression, targets [n]", [emb(), FLATTEN, ("Dense", {"units": 1})], mse, [fit(IDS, NUMBERS[:, 0], epochs=2)])
    deep = [emb(), FLATTEN, ("Dense", {"units": 4, "activation": "relu"}), ("Dense", {"units": 2, "use_bias": False})]
    mae = {"optimizer": ("Adagrad", {"learning_rate": 0.1}), "loss": "mae"}
    yield case("regression, mae, two layers, no bias", deep, mae, [fit(IDS, uniform(6, (11, 2)), epochs=3)])
    after = [("evaluate", {"x": PADDED, "y": KINDS}), ("predict", {"x": PADDED})]
    yield case("classes, masked average", AVERAGED, SPARSE, [fit(PADDED, KINDS, epochs=3), *after])
    yield case("classes, targets [n, 1]", AVERAGED, SPARSE, [fit(PADDED, KINDS[:, None], epochs=2)])
    hot = np.eye(3, dtype=np.float32)[KINDS]
    yield case("classes, one-hot", AVERAGED, {**SPARSE, "loss": "categorical_crossentropy"}, [fit(PADDED, hot, epochs=2)])
    quick = {"optimizer": ("SGD", {"learning_rate": 1.0, "momentum": 0.5}), "loss": "binary_crossentropy", "metrics": ["accuracy"]}
    yield case("binary, until the accuracy moves", CLASSIFIER, quick, [fit(IDS, FLAGS, epochs=10)])
    quick = {**quick, "loss": "sparse_categorical_crossentropy"}
    yield case("classes, until the accuracy moves", AVERAGED, quick, [fit(PADDED, KINDS, epochs=10)])
    sure = {"optimizer": ("SGD", {"learning_rate": 0.001}), "loss": "binary_crossentropy", "metrics": ["accuracy"]}
    name = "binary, saturated sigmoid: clipped probabilities carry no gradient"
    calls = [("evaluate", {"x": IDS, "y": FLAGS}), fit(IDS, FLAGS, epochs=1), ("predict", {"x": IDS})]
    yield {**case(name, CLASSIFIER, sure, calls, initial=saturated()), "check": {"absolute": 1e-5, "relative": 0.02}}


def saturated():
    """Weights under which every sigmoid is either far beyond the clip (beyond 25) or well inside of it (below 4)."""
    rows = uniform(5555, (10, 3), -90, 90, 1)
    rows[::2] *= single(0.01)
    rows, kernel = single(np.round(rows, 2)), uniform(555, (12, 1), -1, 1)
    logits = np.abs(rows[IDS].reshape(11, 12).astype(np.float64) @ kernel)
    assert ((logits > 25) | (logits < 4)).all() and 2 < (logits < 4).sum() < 9
    return [rows, kernel, single([0])]


def timesteps():
    """An output for every step; the mask of the embedding reaches the loss and the metrics."""
    model = [emb(mask_zero=True), CLASSES]
    yield case("steps, masked loss and accuracy", model, SPARSE, [fit(PADDED, STEPS, epochs=3), ("evaluate", {"x": PADDED, "y": STEPS, "batch_size": 3})])
    yield case("steps, no mask", [emb(), CLASSES], SPARSE, [fit(PADDED, STEPS, epochs=2)])
    mse = {"optimizer": SGD, "loss": "mse", "metrics": ["mae"], "weighted_metrics": ["mse"]}
    yield case("steps, masked mse", [emb(columns=2, mask_zero=True)], mse, [fit(PADDED, uniform(9, (8, 4, 2)), epochs=2)])
    weights = uniform(10, (8, 4), 0, 2, 1)
    both = {**SPARSE, "weighted_metrics": ["accuracy"]}
    yield case("steps, mask and weights [n, t]", model, both, [fit(PADDED, STEPS, epochs=2, sample_weight=weights)])
    yield case("steps, the mask ends at Flatten", [emb(mask_zero=True), FLATTEN, YES], BINARY, [fit(PADDED, integers(11, (8,), 0, 2), epochs=2)])


def validation():
    whole = [IDS, FLAGS]
    held = (integers(12, (5, 4), 0, 10), integers(13, (5,), 0, 2))
    yield case("validation split 0.3 of 11", CLASSIFIER, BINARY, [fit(*whole, epochs=3, validation_split=0.3)])
    yield case("validation split 0.25 with sample weights", CLASSIFIER, BINARY, [fit(*whole, epochs=2, validation_split=0.25, sample_weight=WEIGHTS)])
    yield case("validation data", CLASSIFIER, BINARY, [fit(*whole, epochs=2, validation_data=held)])
    yield case("validation data with weights", CLASSIFIER, BINARY, [fit(*whole, epochs=2, validation_data=(*held, single([1, 2, 0, 0.5, 1])))])
    yield case("validation batch size", CLASSIFIER, BINARY, [fit(*whole, epochs=1, validation_data=held, validation_batch_size=2)])
    yield case("validation every second epoch", CLASSIFIER, BINARY, [fit(*whole, epochs=4, validation_data=held, validation_freq=2)])
    yield case("initial epoch", CLASSIFIER, BINARY, [fit(*whole, epochs=2), fit(*whole, epochs=4, initial_epoch=2)])
    yield case("fit twice goes on", CLASSIFIER, BINARY, [fit(*whole, epochs=1), fit(*whole, epochs=1)])


def weighted():
    both = {**BINARY, "weighted_metrics": ["accuracy", "mse"]}
    evaluate = ("evaluate", {"x": IDS, "y": FLAGS, "sample_weight": WEIGHTS, "batch_size": 4})
    yield case("sample weights", CLASSIFIER, both, [fit(IDS, FLAGS, epochs=2, sample_weight=WEIGHTS), evaluate])
    yield case("class weights", CLASSIFIER, both, [fit(IDS, FLAGS, epochs=2, class_weight={0: 0.5, 1: 3.0})])
    yield case("class weights, three classes", AVERAGED, SPARSE, [fit(PADDED, KINDS, epochs=2, class_weight={0: 1.0, 1: 2.0, 2: 0.25})])
    yield case("class weights, a class left out", AVERAGED, SPARSE, [fit(PADDED, KINDS, epochs=1, class_weight={1: 2.0})])
    hot = np.eye(3, dtype=np.float32)[KINDS]
    yield case("class weights, one-hot", AVERAGED, {**SPARSE, "loss": "categorical_crossentropy"}, [fit(PADDED, hot, epochs=1, class_weight={0: 1.0, 1: 2.0, 2: 0.25})])
    yield case("only weighted metrics", CLASSIFIER, {"optimizer": ADAM, "loss": "binary_crossentropy", "weighted_metrics": ["acc"]}, [evaluate])


def penalties():
    """Regularizers and constraints on embeddings and kernels."""
    for name, pair in (
        ("l1", ("L1", {"l1": 0.02})),
        ("l2", ("L2", {"l2": 0.05})),
        ("l1_l2", ("L1L2", {"l1": 0.01, "l2": 0.03})),
    ):
        kernel = ("Dense", {"units": 1, "activation": "sigmoid", "kernel_regularizer": pair, "bias_regularizer": pair})
        calls = [fit(IDS, FLAGS, epochs=2), ("evaluate", {"x": IDS, "y": FLAGS, "batch_size": 4})]
        yield case(f"{name} on embeddings, kernel and bias", [emb(embeddings_regularizer=pair), FLATTEN, kernel], BINARY, calls)
    by_name = [emb(embeddings_regularizer="l2"), FLATTEN, YES]
    yield case("a regularizer by name", by_name, BINARY, [fit(IDS, FLAGS, epochs=1)])
    active = [emb(activity_regularizer=("L2", {"l2": 0.1})), FLATTEN, YES]
    yield case("activity regularizer on Embedding", active, BINARY, [fit(IDS, FLAGS, epochs=2), ("evaluate", {"x": IDS, "y": FLAGS, "batch_size": 4})])
    masked = [emb(mask_zero=True, activity_regularizer=("L1", {"l1": 0.05})), POOL, CLASSES]
    yield case("activity regularizer on a masked Embedding", masked, SPARSE, [fit(PADDED, KINDS, epochs=2)])
    for pair in (
        ("MaxNorm", {"max_value": 0.5, "axis": 0}),
        ("MaxNorm", {"max_value": 0.4, "axis": 1}),
        ("UnitNorm", {"axis": 1}),
        ("NonNeg", {}),
        ("MinMaxNorm", {"min_value": 0.45, "max_value": 0.5, "rate": 0.8, "axis": 1}),
    ):
        told = ", ".join(f"{key}={value}" for key, value in pair[1].items())
        yield case(f"{pair[0]}({told}) on embeddings", [emb(embeddings_constraint=pair), FLATTEN, YES], BINARY, [fit(IDS, FLAGS, epochs=2)])
    kernel = ("Dense", {"units": 1, "activation": "sigmoid", "kernel_constraint": ("MaxNorm", {"max_value": 0.7}), "bias_constraint": ("NonNeg", {})})
    yield case("constraints on kernel and bias", [emb(), FLATTEN, kernel], BINARY, [fit(IDS, FLAGS, epochs=2)])


def optimizers():
    """Options that reach over all variables of a model, or act at the end of `fit`."""
    for name, pair in (
        ("global_clipnorm over all variables", ("Adam", {"learning_rate": 0.01, "global_clipnorm": 0.05})),
        ("clipnorm by variable", ("SGD", {"learning_rate": 0.5, "clipnorm": 0.05})),
        ("weight decay", ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1})),
        ("EMA, its values are taken at the end of fit", ("Adam", {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.8})),
        ("EMA, overwritten every second step", ("SGD", {"learning_rate": 0.5, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2})),
    ):
        yield case(name, CLASSIFIER, {**BINARY, "optimizer": pair}, [fit(IDS, FLAGS, epochs=2)])
    for name in ("sgd", "rmsprop", "adamw", "adagrad"):
        yield case(f"{name} by name", CLASSIFIER, {**BINARY, "optimizer": name}, [fit(IDS, FLAGS, epochs=1)])


def batches():
    batch = {"x": IDS[:5], "y": FLAGS[:5]}
    calls = [("train_on_batch", batch), ("train_on_batch", {**batch, "sample_weight": WEIGHTS[:5]}), ("test_on_batch", batch)]
    calls += [("train_on_batch", {**batch, "class_weight": {0: 0.5, 1: 2.0}}), ("test_on_batch", {**batch, "sample_weight": WEIGHTS[:5]})]
    yield case("train_on_batch and test_on_batch", CLASSIFIER, {**BINARY, "weighted_metrics": ["accuracy"]}, calls)


def cases():
    groups = (tutorial, kinds, timesteps, validation, weighted, penalties, optimizers, batches)
    out = [one for group in groups for one in group()]
    counts = ((11, 0.3), (10, 0.2), (7, 0.5), (3, 0.9), (100, 0.1), (9, 0.33), (10, 0.05))
    return out + [split(count, fraction) for count, fraction in counts]


def main():
    write_group(
        "models",
        cases,
        absolute=2e-6,
        relative=1e-5,
        reason=(
            "Up to a dozen float32 steps of a whole model. Keras takes 1 - beta_2**t in float32, which is wrong by 6e-5 of itself at t = 1; "
            "an Adam step of 0.01 carries 3e-7 of that."
        ),
    )


if __name__ == "__main__":
    main()
