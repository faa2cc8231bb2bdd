"""Records what `Model.summary()` prints in Keras 3 and in legacy Keras 2, with a description of each model."""

import contextlib
import io
import os

os.environ.update({"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"})
os.environ.pop("FORCE_COLOR", None)

import keras
import tf_keras
from keras.src.utils import summary_utils
from tf_keras.src.utils import layer_utils

import _fixture
import _models

NESTED = {"nested", "nested_last", "nested_twice", "nested_empty_tail", "unbuilt_nested"}

# What is recorded of every model, and what only of some.
EVERY = [{}]
KERAS2_MORE = {
    "tutorial": [{"show_trainable": True}, {"line_length": 40}, {"line_length": 100}, {"positions": [0.3, 0.6, 1.0]}, {"positions": [20, 50, 65]}],
    "classifier": [{"show_trainable": True}, {"line_length": 90, "show_trainable": True}, {"layer_range": ["flatten", "dense"]}, {"layer_range": ["dense", "emb"]}],
    "frozen": [{"show_trainable": True}, {"show_trainable": True, "positions": [0.5, 0.7, 0.9]}],
    "all_frozen": [{"show_trainable": True}],
    "long_names": [{"line_length": 120}, {"line_length": 33}, {"show_trainable": True}],
    "strange_names": [{"line_length": 40}],
    "wide_names": [{"line_length": 30}],
    "marked_names": [{"line_length": 36}],
    "ranks": [{"line_length": 44}, {"line_length": 160}],
    "large": [{"line_length": 24}],
}
KERAS3_MORE = {
    "tutorial": [
        {"columns": 92}, {"columns": 200}, {"columns": 60}, {"columns": 40}, {"columns": 30}, {"columns": 24},
        {"line_length": 60}, {"line_length": 100}, {"line_length": 100, "columns": 120}, {"line_length": 61, "columns": 120},
        {"positions": [0.3, 0.6, 1.0]}, {"positions": [0.5, 0.7, 0.9]}, {"positions": [0.3, 0.5, 0.9], "line_length": 109, "columns": 120},
        {"show_trainable": True}, {"show_trainable": True, "columns": 120},
        {"colors": True}, {"colors": True, "show_trainable": True}, {"colors": True, "columns": 30}, {"colors": True, "line_length": 100},
    ],
    "classifier": [
        {"show_trainable": True, "columns": 120}, {"show_trainable": True, "columns": 60}, {"columns": 50}, {"columns": 33},
        {"layer_range": ["flatten", "dense"]}, {"layer_range": ["dense", "emb"]},
    ],
    "trained": [{"columns": 92}, {"columns": 30}, {"colors": True}, {"colors": True, "columns": 28}],
    "frozen": [{"show_trainable": True}, {"show_trainable": True, "columns": 104}, {"show_trainable": True, "colors": True}, {"show_trainable": True, "positions": [0.4, 0.7, 1.0], "columns": 100}],
    "all_frozen": [{"show_trainable": True}],
    "long_names": [{"columns": 120}, {"columns": 44}, {"columns": 26}, {"colors": True}, {"colors": True, "columns": 34}, {"line_length": 140, "columns": 200}],
    "strange_names": [{"columns": 45}, {"colors": True}],
    "wide_names": [{"columns": 45}, {"columns": 33}, {"columns": 32}, {"columns": 29}, {"colors": True, "columns": 36}],
    "marked_names": [{"columns": 45}, {"columns": 33}, {"columns": 28}, {"colors": True, "columns": 30}],
    "ranks": [{"columns": 60}, {"columns": 120}, {"columns": 36}, {"colors": True}],
    "large": [{"columns": 34}, {"columns": 26}, {"colors": True, "columns": 36}],
    "unbuilt": [{"columns": 40}, {"columns": 100, "show_trainable": True}, {"colors": True}],
    "nested_twice": [{"columns": 50, "expand_nested": True}, {"colors": True, "expand_nested": True}],
    "many": [{"columns": 92}],
}


def totals(utils, weights):
    """How many numbers, and how many bytes they take."""
    size = float(utils.weight_memory_size(weights))
    return {"count": int(utils.count_params(weights)), "bytes": int(size) if size.is_integer() else size}


def shape3(layer):
    """The shape that Keras 3 would show, as a list, or None for `?`."""
    if layer._inbound_nodes:
        return list(layer._inbound_nodes[-1].output_tensors[0].shape)
    if not layer._build_shapes_dict:
        return None
    return list(layer.compute_output_shape(**layer._build_shapes_dict))


def shape2(layer):
    """The shape that Keras 2 would show, as a list, or None for `multiple`."""
    try:
        return list(layer.output_shape)
    except AttributeError:
        return None


def describe_layer(layer, utils, shape_of):
    """The `LayerDescription` of Rowan for one layer."""
    built = bool(layer.built or getattr(layer, "_is_graph_network", False)) if utils is layer_utils else bool(layer.built)
    description = {
        "name": layer.name,
        "className": layer.__class__.__name__,
        "outputShape": shape_of(layer),
        "built": built,
        "trainable": bool(layer.trainable),
        "parameters": totals(utils, layer.weights) if built else {"count": 0, "bytes": 0},
    }
    if getattr(layer, "layers", None):
        description["layers"] = [describe_layer(child, utils, shape_of) for child in layer.layers]
    return description


def describe(model, utils, shape_of):
    """The `ModelDescription` of Rowan for a model."""
    description = {
        "name": model.name,
        "built": bool(model.built),
        "layers": [describe_layer(layer, utils, shape_of) for layer in model.layers],
        "trainable": totals(utils, model.trainable_weights),
        "nonTrainable": totals(utils, model.non_trainable_weights),
    }
    if utils is summary_utils and model.compiled and model.optimizer and model.optimizer.built:
        description["optimizer"] = totals(utils, model.optimizer.variables)
    return description


def keras2_text(model, line_length=None, positions=None, **options):
    lines = []
    layer_utils.print_summary(model, line_length, positions and list(positions), lines.append, **options)
    return lines


def keras3_text(model, columns=80, colors=False, **options):
    """As it reaches the screen: through standard output, with the terminal's width in COLUMNS."""
    os.environ.update({"COLUMNS": str(columns), "TERM": "xterm-256color"})
    if colors:
        os.environ["FORCE_COLOR"] = "1"
    screen = io.StringIO()
    try:
        with contextlib.redirect_stdout(screen):
            model.summary(**options)
    finally:
        os.environ.pop("FORCE_COLOR", None)
    text = screen.getvalue()
    assert text.endswith("\n")
    return text[:-1].split("\n")


def camel(options):
    """Options under Rowan's names."""
    names = {"line_length": "lineLength", "show_trainable": "showTrainable", "expand_nested": "expandNested", "layer_range": "layerRange"}
    return {names.get(key, key): value for key, value in options.items()}


def record(style, k, build, more, text_of, utils, shape_of, models, cases):
    """Adds one model and all its texts."""
    k.backend.clear_session()
    model = build(k)
    name = f"{style}/{build.__name__}"
    models[name] = describe(model, utils, shape_of)
    variants = EVERY + more.get(build.__name__, [])
    if build.__name__ in NESTED:
        variants = variants + [{"expand_nested": True}, {"expand_nested": True, "show_trainable": True}]
    for options in variants:
        cases.append({"model": name, "options": {"style": style, **camel(options)}, "lines": text_of(model, **options)})


def sizes():
    """Sizes in bytes as both print them, through every unit and around every limit."""
    values = [0, 1, 160, 999, 1000, 1023, 1023.99, 1024, 1025, 1029, 10240, 1047552, 1048575, 1048576, 1.5 * 2**30, 2**40 - 1, 2**40, 2**50, 2**60, 2**70, 0.125, 0.375, 1023.996]
    return [
        {"bytes": value, "keras2": layer_utils.readable_memory_size(value), "keras3": summary_utils.readable_memory_size(value)}
        for value in values
    ]


def main():
    models, cases = {}, []
    for build in _models.KERAS2_ONLY + _models.BOTH:
        record("keras2", tf_keras, build, KERAS2_MORE, keras2_text, layer_utils, shape2, models, cases)
    for build in _models.BOTH + _models.KERAS3_ONLY:
        record("keras3", keras, build, KERAS3_MORE, keras3_text, summary_utils, shape3, models, cases)
    _fixture.write("summaries.json", _fixture.versions("keras", "tf-keras", "tensorflow-cpu", "rich"), models=models, cases=cases, sizes=sizes())


if __name__ == "__main__":
    main()
