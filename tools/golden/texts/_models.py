"""The models whose summaries are recorded, written once for both Keras: `k` is `keras` or `tf_keras`."""

import numpy as np


def start(k, *shape, **kwargs):
    """The input of a model under construction."""
    return k.Input(shape=shape, **kwargs)


def tutorial(k):
    return k.Sequential([start(k, 2), k.layers.Embedding(10, 4)])


def page(k):
    """The tutorial as it was written for Keras 2: `input_length` builds the model at once."""
    return k.Sequential([k.layers.Embedding(10, 4, input_length=2)])


def no_length(k):
    """Keras 2 builds an embedding at once even without a length."""
    return k.Sequential([k.layers.Embedding(10, 4)])


def classifier(k):
    return k.Sequential([start(k, 4), k.layers.Embedding(50, 8), k.layers.Flatten(), k.layers.Dense(1)])


def trained(k):
    """The classifier after training: the optimizer has its slots."""
    model = classifier(k)
    model.compile("adam", "mse")
    model.fit(np.zeros((4, 4), "int32"), np.zeros((4, 1), "float32"), verbose=0)
    return model


def compiled(k):
    """Compiled, not trained: the optimizer has no slots yet."""
    model = classifier(k)
    model.compile("sgd", "mse")
    return model


def momentum(k):
    model = classifier(k)
    model.compile(k.optimizers.SGD(momentum=0.9), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def rmsprop(k):
    model = classifier(k)
    model.compile(k.optimizers.RMSprop(centered=True, momentum=0.5), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def long_names(k):
    class AVeryLongClassNameOfALayerThatSomebodyWrote(k.layers.Layer):
        def call(self, inputs):
            return inputs

        def compute_output_shape(self, input_shape):
            return input_shape

    return k.Sequential(
        [
            start(k, 3),
            k.layers.Embedding(7, 5, name="a_rather_long_embedding_name_for_a_table"),
            k.layers.Flatten(name="f"),
            k.layers.Dense(3, name="exactly_twenty_chars"),
            k.layers.Dense(2, name="a_name_that_fills_the_whole_column_and_then_goes_on_for_a_while_longer_than_two_lines"),
            AVeryLongClassNameOfALayerThatSomebodyWrote(name="short"),
        ],
        name="a_model_with_a_name_that_is_longer_than_any_of_its_lines_should_ever_be_in_a_narrow_terminal_window",
    )


def rename(model, model_name, *names):
    """Gives names that graph scopes would refuse: TensorFlow is strict about them, summaries are not."""
    for owner, name in zip([model, *model.layers], [model_name, *names]):
        setattr(owner, "_name" if hasattr(owner, "_name") else "name", name)
    return model


def three_layers(k):
    return k.Sequential([start(k, 3), k.layers.Embedding(7, 5), k.layers.Flatten(), k.layers.Dense(3), k.layers.Dense(2)])


def strange_names(k):
    return rename(
        three_layers(k),
        "model [with] markup",
        "a),_name_],with_},breaks",
        "two words and more words and even more words",
        "[bold]markup[/bold]",
        "[link',and_more",
    )


def wide_names(k):
    return rename(
        three_layers(k),
        "模型",
        "単語の埋め込み層",
        "単語の埋め込み層はとても長い名前を持っています",
        "naïve_cafe\u0301",
        "шар_🎈_ball",
    )


def marked_names(k):
    """Marks, joined emoji and invisible characters: what is counted is not what is seen."""
    return rename(
        three_layers(k),
        "me\u0301mo\u0308 \u0301alone",
        "👩\u200d💻_👍🏽_❤\ufe0f_emoji",
        "soft\u00adhyphen and\u00a0hard\u00a0space and zero\u200bwidth",
        "कि_हिन्दी",
        "한국어_임베딩_층_이름이_길다",
    )


def large(k):
    """Tens of millions of numbers: separators and megabytes."""
    return k.Sequential(
        [start(k, 3), k.layers.Embedding(1_000_000, 32), k.layers.GlobalAveragePooling1D(), k.layers.Dense(1234, use_bias=False)]
    )


def frozen(k):
    model = k.Sequential(
        [start(k, 6), k.layers.Embedding(20, 3, trainable=False), k.layers.Dropout(0.5), k.layers.Flatten(), k.layers.Dense(4)]
    )
    return model


def all_frozen(k):
    model = classifier(k)
    model.trainable = False
    return model


def normalized(k):
    return k.Sequential(
        [
            start(k, 6),
            k.layers.Embedding(20, 16),
            k.layers.BatchNormalization(),
            k.layers.LayerNormalization(),
            k.layers.GlobalMaxPooling1D(),
            k.layers.Dense(4, activation="relu"),
            k.layers.Activation("softmax"),
        ]
    )


def ranks(k):
    return k.Sequential(
        [
            start(k, 64),
            k.layers.Embedding(9, 16),
            k.layers.Reshape((2, 2, 2, 2, 2, 2, 2, 2, 2, 2)),
            k.layers.Reshape((1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1024)),
            k.layers.Flatten(),
        ]
    )


def fixed_batch(k):
    return k.Sequential([k.Input(batch_shape=(32, 5)), k.layers.Embedding(11, 2), k.layers.Flatten()])


def unknown_length(k):
    return k.Sequential([start(k, None), k.layers.Embedding(11, 2, mask_zero=True), k.layers.GlobalAveragePooling1D()])


def half(k):
    return k.Sequential([start(k, 4), k.layers.Embedding(333, 7, dtype="float16"), k.layers.Flatten(), k.layers.Dense(5, dtype="float64")])


def mixed(k):
    return k.Sequential([start(k, 4), k.layers.Embedding(333, 7, dtype="mixed_float16"), k.layers.Flatten(), k.layers.Dense(5)])


def no_weights(k):
    return k.Sequential([start(k, 4, 2), k.layers.Flatten(), k.layers.Activation("relu")])


def scalar_output(k):
    class Total(k.layers.Layer):
        def call(self, inputs):
            return k.ops.sum(inputs, axis=(1, 2)) if hasattr(k, "ops") else __import__("tensorflow").reduce_sum(inputs, axis=(1, 2))

    return k.Sequential([start(k, 4), k.layers.Embedding(3, 2), Total(name="total")])


def nested(k):
    inner = k.Sequential([start(k, 4), k.layers.Embedding(50, 8), k.layers.Flatten()], name="encoder")
    return k.Sequential([start(k, 4), inner, k.layers.Dense(3), k.layers.Dense(1)])


def nested_last(k):
    tail = k.Sequential([start(k, 8), k.layers.Dense(6, trainable=False), k.layers.Dense(1)], name="head")
    return k.Sequential([start(k, 2), k.layers.Embedding(5, 4), k.layers.Flatten(), tail])


def nested_twice(k):
    leaf = k.Sequential([start(k, 4), k.layers.Embedding(50, 8, name="a_long_name_inside_of_two_models")], name="leaf")
    middle = k.Sequential([start(k, 4), leaf, k.layers.Flatten()], name="middle")
    return k.Sequential([start(k, 4), middle, k.layers.Dense(3), k.layers.Dense(1)], name="root")


def nested_empty_tail(k):
    leaf = k.Sequential([start(k, 4), k.layers.Embedding(50, 8), k.layers.Flatten()], name="leaf")
    middle = k.Sequential([start(k, 4), leaf], name="middle")
    return k.Sequential([start(k, 4), middle], name="root")


def called(k):
    """Never told its input shape: the first call decides."""
    model = k.Sequential([k.layers.Embedding(10, 4), k.layers.GlobalAveragePooling1D(), k.layers.Dense(2)])
    model.predict(np.array([[1, 2]]), verbose=0)
    return model


def unbuilt(k):
    return k.Sequential([k.layers.Embedding(10, 4), k.layers.Flatten(), k.layers.Dense(2)])


def unbuilt_compiled(k):
    model = unbuilt(k)
    model.compile("adam", "mse")
    return model


def unbuilt_nested(k):
    return k.Sequential([k.Sequential([k.layers.Embedding(10, 4), k.layers.Flatten()], name="encoder"), k.layers.Dense(2)])


def empty(k):
    return k.Sequential(name="nothing")


def quantized(k):
    model = k.Sequential([start(k, 4), k.layers.Embedding(50, 8), k.layers.Flatten(), k.layers.Dense(1)])
    model.quantize("int8")
    return model


def shared_lengths(k):
    """One layer used at two lengths: Keras 2 calls its output shape `multiple`."""
    layer = k.layers.Embedding(6, 2)
    layer(k.Input((3,)))
    return k.Sequential([start(k, 2), layer, k.layers.Flatten()])


def many(k):
    layers = [start(k, 8), k.layers.Embedding(1000, 64), k.layers.GlobalAveragePooling1D()]
    for units in (512, 256, 128, 64, 32, 16, 8, 4, 2, 1):
        layers.append(k.layers.Dense(units))
    return k.Sequential(layers, name="pyramid")


BOTH = [
    tutorial, classifier, trained, compiled, momentum, long_names, strange_names, wide_names, marked_names, large, frozen, all_frozen, normalized,
    ranks, fixed_batch, unknown_length, half, mixed, no_weights, scalar_output, nested, nested_last, nested_twice, nested_empty_tail,
    called, shared_lengths, many,
]
KERAS2_ONLY = [page, no_length]
KERAS3_ONLY = [rmsprop, unbuilt, unbuilt_compiled, unbuilt_nested, empty, quantized]
