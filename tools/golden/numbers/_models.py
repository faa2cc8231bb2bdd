"""Building, compiling and driving a Sequential model from plain data, and telling what came out as a fixture does."""

import warnings

import numpy as np
from _fixture import Tensor, camel, described, keras, plain, single, uniform
from _optimizers import built
from keras.src.trainers.data_adapters.array_slicing import train_validation_split


def instance(module, value):
    """A `(class, config)` pair as an instance; a name stays a name."""
    return getattr(module, value[0])(**value[1]) if isinstance(value, tuple) else value


def layer(class_name, config):
    config = dict(config)
    for key, value in config.items():
        if key.endswith("_regularizer"):
            config[key] = instance(keras.regularizers, value)
        elif key.endswith("_constraint"):
            config[key] = instance(keras.constraints, value)
    return getattr(keras.layers, class_name)(**config)


def optimizer(value):
    return built(*value) if isinstance(value, tuple) else value


def named(value):
    """A name, or a described class, for the fixture."""
    return plain(value)


def dataset(value):
    """Arrays as Keras takes them in this precision: floats in floatx, integers as they are."""
    if isinstance(value, tuple):
        return tuple(dataset(item) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(keras.config.floatx())
    return value


def stored(value):
    """Arguments as the fixture holds them: arrays as tensors, tuples as lists, dictionaries with string keys."""
    if isinstance(value, np.ndarray):
        return Tensor(value)
    if isinstance(value, (tuple, list)):
        return [stored(item) for item in value]
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    return value


def results(logs):
    """`{name: value}` with every value, or list of values by epoch, as a float32 tensor."""
    return {name: Tensor(np.asarray(value, dtype=np.float64)) for name, value in logs.items()}


def weights(model):
    return [Tensor(w.copy()) for w in model.get_weights()]


def perform(model, method, arguments):
    """One call of the model and its result as the fixture tells it."""
    given = {key: dataset(value) for key, value in arguments.items()}
    if method == "fit":
        history = model.fit(**given, shuffle=False, verbose=0)
        return {"epoch": list(history.epoch), "history": results(history.history), "weights": weights(model)}
    if method == "evaluate":
        return {"logs": results(model.evaluate(**given, verbose=0, return_dict=True))}
    if method == "predict":
        return {"output": Tensor(model.predict(**given, verbose=0))}
    if method in ("train_on_batch", "test_on_batch"):
        out = {"logs": results(getattr(model, method)(**given, return_dict=True))}
        return {**out, "weights": weights(model)} if method == "train_on_batch" else out
    raise ValueError(method)


def case(name, layers, compile, calls, seed=1, initial=None):
    """Builds from the input of the first call, sets the weights, and makes the calls one after another."""
    keras.backend.clear_session()
    model = keras.Sequential([layer(*pair) for pair in layers])
    compiling = dict(compile)
    compiling["optimizer"] = optimizer(compiling["optimizer"])
    compiling["loss"] = instance(keras.losses, compiling["loss"])
    for key in ("metrics", "weighted_metrics"):
        if key in compiling:
            compiling[key] = [instance(keras.metrics, value) for value in compiling[key]]
    first = next(arguments["x"] for _, arguments in calls if "x" in arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.build((None, *first.shape[1:]))
        start = initial or [uniform(seed + i, w.shape, -0.5, 0.5) for i, w in enumerate(model.get_weights())]
        model.set_weights(start)
        model.compile(**compiling)
        done = [
            {"method": camel(method), "arguments": {camel(key): stored(value) for key, value in arguments.items()}, **perform(model, method, arguments)}
            for method, arguments in calls
        ]
    shown = {camel(key): [named(v) for v in value] if isinstance(value, list) else named(value) for key, value in compile.items()}
    return {
        "name": name,
        "kind": "model",
        "layers": [described(class_name, **config) for class_name, config in layers],
        "compile": shown,
        "initialWeights": [Tensor(single(w)) for w in start],
        "calls": done,
    }


def split(count, fraction):
    """Which of `count` samples a validation split takes; an error where one side would be empty."""
    out = {"name": f"split {fraction} of {count}", "kind": "validationSplit", "count": count, "split": fraction}
    try:
        (_,), (held,) = train_validation_split((np.arange(count, dtype=np.int32),), validation_split=fraction)
    except ValueError:
        return {**out, "error": True}
    return {**out, "held": Tensor(np.asarray(held))}
