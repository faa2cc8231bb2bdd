"""Text vectorization: what keras.layers.TextVectorization learns and gives, for packages/api/src/preprocessing."""

import importlib.metadata
import json
import os
import pathlib
import random

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402

TARGET = pathlib.Path(__file__).resolve().parents[3] / "packages" / "conformance" / "fixtures" / "text-vectorization.json"

REVIEWS = [
    "Never coming back!",
    "Horrible service",
    "rude waitress",
    "cold food",
    "Horrible food!",
    "Awesome",
    "Awesome services!",
    "rocks",
    "poor work",
    "couldn't have done better",
]
# What could be read in more than one way: letters beyond ASCII, kinds of blanks, punctuation of all sorts, the special tokens.
ODD = [
    "ÉCOLE École école İstanbul ſ",
    "tab\tnew\nline\x0bvertical\x0cform\rreturn",
    "no\u00a0break em\u2003space file\x1cseparator next\x85line wide\u3000blank",
    " leading and trailing  blanks ",
    "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~' don't e-mail snake_case 3.14",
    "“typographic” – quotes… and dashes",
    "[UNK] unk [unk]",
    "",
    "!!!",
    "😀 \ue000 😀 \uffff z",
    "a\u0301 á",
]
COUNTED = ["a b b c", "c a", "d", "", "c c c e"]


def zipf_texts(count, words, seed):
    """Texts whose words have the frequencies of natural language, so that a vocabulary is cut within ties."""
    source = random.Random(seed)
    vocabulary = [f"w{index}" for index in range(words)]
    weights = [1 / (index + 1) for index in range(words)]
    return [" ".join(source.choices(vocabulary, weights, k=source.randint(0, 12))) for _ in range(count)]


# name, options, texts to learn from, texts to apply to
CASES = [
    ("defaults", {}, REVIEWS, ["Horrible service, cold food!", "never again", "", "rocks"]),
    ("the tutorial", {"max_tokens": 50, "output_sequence_length": 4}, REVIEWS, REVIEWS),
    ("odd texts", {}, ODD, ODD),
    ("odd texts, only lower", {"standardize": "lower"}, ODD, ODD),
    ("odd texts, only stripped", {"standardize": "strip_punctuation"}, ODD, ODD),
    ("odd texts as they are", {"standardize": None}, ODD, ODD),
    ("characters", {"split": "character"}, ODD, ["abc é😀", "", "\ue000"]),
    ("whole texts", {"split": None}, [[text] for text in REVIEWS], [["rocks"], ["Rocks!"], [""], ["new"]]),
    ("rows of tokens", {"split": None, "output_sequence_length": 3}, [["a", "b"], ["a", "c"]], [["a", "c"], ["x", ""]]),
    ("cut vocabulary", {"max_tokens": 20}, zipf_texts(60, 40, 1), zipf_texts(10, 60, 2)),
    ("cut and padded rows", {"output_sequence_length": 3}, COUNTED, COUNTED),
    ("pairs too", {"ngrams": 2}, COUNTED, COUNTED),
    ("pairs and triples alone", {"ngrams": (2, 3)}, COUNTED, COUNTED),
    ("pairs of characters", {"ngrams": (2,), "split": "character"}, ["abab", "ba"], ["abc", "a", "ba"]),
    ("multi hot", {"output_mode": "multi_hot"}, COUNTED, COUNTED + ["x x a"]),
    ("multi hot, padded", {"output_mode": "multi_hot", "max_tokens": 9, "pad_to_max_tokens": True}, COUNTED, COUNTED + ["x x a"]),
    ("multi hot, cut", {"output_mode": "multi_hot", "max_tokens": 3}, COUNTED, COUNTED + ["x x a"]),
    ("count", {"output_mode": "count"}, COUNTED, COUNTED + ["x x a"]),
    ("count of tokens", {"output_mode": "count", "split": None}, [["a", "b"], ["a", "c"]], [["a", "a"], ["x", ""]]),
    ("tf-idf", {"output_mode": "tf_idf"}, COUNTED, COUNTED + ["x x a"]),
    ("tf-idf, padded", {"output_mode": "tf_idf", "max_tokens": 9, "pad_to_max_tokens": True}, COUNTED, COUNTED + ["x x a"]),
    ("tf-idf, cut", {"output_mode": "tf_idf", "max_tokens": 30}, zipf_texts(60, 40, 3), zipf_texts(10, 60, 4)),
    ("a given vocabulary", {"vocabulary": ["x", "y"]}, None, ["x y z", ""]),
    ("a given vocabulary with special tokens", {"vocabulary": ["", "[UNK]", "x", "y"]}, None, ["x y z", ""]),
    ("a given vocabulary, counted", {"vocabulary": ["x", "y"], "output_mode": "count"}, None, ["x y z x"]),
    ("given weights", {"vocabulary": ["x", "y"], "idf_weights": [1.0, 3.0], "output_mode": "tf_idf"}, None, ["x y z x"]),
    (
        "given weights of special tokens",
        {"vocabulary": ["[UNK]", "x", "y"], "idf_weights": [5.0, 1.0, 3.0], "output_mode": "tf_idf"},
        None,
        ["x y z x"],
    ),
]


def run(name, options, learned, applied):
    """One case: the options, what went in, and what came out of Keras."""
    layer = keras.layers.TextVectorization(**options)
    if learned is not None:
        layer.adapt(learned)
    output = layer(applied).numpy()
    return {
        "name": name,
        "options": options,
        "adapt": learned,
        "apply": applied,
        "vocabulary": [str(token) for token in layer.get_vocabulary()],
        "words": [str(token) for token in layer.get_vocabulary(include_special_tokens=False)],
        "output": output.tolist(),
        "shape": list(output.shape),
    }


def main():
    """Writes the fixture."""
    versions = {package: importlib.metadata.version(package) for package in ("keras", "tensorflow-cpu")}
    lines = [json.dumps(run(*case)) for case in CASES]
    text = f'{{\n"madeWith": {json.dumps(versions)},\n"cases": [\n' + ",\n".join(lines) + "\n]\n}\n"
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
