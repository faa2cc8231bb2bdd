"""Models for both Keras: `sequential(keras)` gives names and models. What only one of them has is left to its script."""

INITIALIZERS = [
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 0.25}),
    ("Identity", {"gain": 2.0}),
    ("RandomUniform", {"minval": -0.1, "maxval": 0.2, "seed": 3}),
    ("RandomNormal", {"mean": 0.5, "stddev": 0.1, "seed": 3}),
    ("TruncatedNormal", {"mean": 0.5, "stddev": 0.1}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_avg", "distribution": "uniform", "seed": 7}),
    ("GlorotUniform", {}),
    ("GlorotNormal", {"seed": 1}),
    ("HeUniform", {}),
    ("HeNormal", {}),
    ("LecunUniform", {}),
    ("LecunNormal", {}),
]
REGULARIZERS = [("L1", {"l1": 0.5}), ("L2", {"l2": 0.25}), ("L1L2", {"l1": 0.5, "l2": 0.25})]
CONSTRAINTS = [
    ("MaxNorm", {"max_value": 3, "axis": 1}),
    ("MaxNorm", {"max_value": 2, "axis": [0, 1]}),
    ("UnitNorm", {"axis": 1}),
    ("NonNeg", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 2.0, "rate": 0.5, "axis": 1}),
]
# What both Keras and Rowan compute alike under one name.
ACTIVATIONS = [
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "sigmoid", "silu", "tanh",
    "softplus", "softsign", "exponential", "mish", "softmax", "log_softmax",
]  # fmt: skip


def sequential(keras):
    """Yields (name, model): the layers with their options, in the ways in which a model can know its input."""
    layers = keras.layers

    def model(name, *parts, shape=(4,)):
        head = [keras.Input(shape)] if shape is not None else []
        return name, keras.Sequential([*head, *parts], name="model")

    yield model(
        "text classifier",
        layers.Embedding(50, 8, name="embedding"),
        layers.Flatten(name="flatten"),
        layers.Dense(1, activation="sigmoid", name="dense"),
    )
    yield model("the tutorial, input_length", layers.Embedding(10, 4, input_length=2, name="embedding"), shape=None)
    yield model(
        "masks and pooling",
        layers.Embedding(50, 8, mask_zero=True, name="embedding"),
        layers.GlobalAveragePooling1D(name="pool"),
        layers.Dropout(0.25, seed=3, name="dropout"),
        layers.Dense(3, use_bias=False, name="dense"),
        layers.Activation("softmax", name="activation"),
    )
    yield model(
        "pooling keeps dimensions, channels first",
        layers.Embedding(50, 8, name="embedding"),
        layers.GlobalAveragePooling1D(keepdims=True, data_format="channels_first", name="pool"),
        layers.Flatten(name="flatten"),
    )
    fixed = keras.Input((4,), batch_size=2)
    yield model("batches of a fixed size", fixed, layers.Embedding(50, 8, name="embedding"), layers.Flatten(name="flatten"), shape=None)
    yield model("any length", layers.Embedding(50, 8, name="embedding"), shape=(None,))
    yield model(
        "frozen layers",
        layers.Embedding(50, 8, trainable=False, name="embedding"),
        layers.Flatten(name="flatten"),
        layers.Dense(1, name="dense"),
    )
    yield model(
        "models in models",
        layers.Embedding(50, 8, name="embedding"),
        layers.Flatten(name="flatten"),
        keras.Sequential([layers.Dense(4, activation="relu", name="dense"), layers.Dense(2, name="dense_1")], name="inner"),
    )
    yield model(
        "dense with everything",
        layers.Dense(
            3,
            activation="tanh",
            kernel_initializer=keras.initializers.HeNormal(seed=2),
            bias_initializer="ones",
            kernel_regularizer="l2",
            bias_regularizer=keras.regularizers.L1(0.125),
            activity_regularizer=keras.regularizers.L2(0.5),
            kernel_constraint="max_norm",
            bias_constraint=keras.constraints.NonNeg(),
            name="dense",
        ),
    )
    for index, (name, options) in enumerate(INITIALIZERS):
        initializer = getattr(keras.initializers, name)(**options)
        yield model(f"initializer {index}: {name}", layers.Embedding(4, 4, embeddings_initializer=initializer, name="embedding"))
    for name, options in REGULARIZERS:
        regularizer = getattr(keras.regularizers, name)(**options)
        yield model(f"regularizer {name}", layers.Embedding(4, 4, embeddings_regularizer=regularizer, name="embedding"))
    for index, (name, options) in enumerate(CONSTRAINTS):
        constraint = getattr(keras.constraints, name)(**options)
        yield model(f"constraint {index}: {name}", layers.Embedding(4, 4, embeddings_constraint=constraint, name="embedding"))
    for name in ACTIVATIONS:
        yield model(f"activation {name}", layers.Activation(name, name="activation"))
