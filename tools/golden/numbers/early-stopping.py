"""EarlyStopping of Keras, the real callback driven over sequences of monitored values: when it stops and what it restores."""

import math
import warnings

from _fixture import camel, keras, write_group
from keras.src.trainers.compile_utils import MetricsList

FALLING = [1.0, 0.9, 0.8, 0.7, 0.6]
BUMPY = [1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.72, 0.71, 0.9, 0.6]
RISING = [0.1, 0.2, 0.3, 0.25, 0.28, 0.35, 0.3, 0.3, 0.3, 0.4]
FLAT = [0.5] * 8
CREEPING = [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7]
EXACT = [1.0, 0.75, 0.5, 0.25, 0.0, -0.25]
NAN = float("nan")


class Model:
    """What the callback touches: weights, the stop flag, and the metrics that say which direction is better."""

    def __init__(self):
        self.stop_training = False
        self.weights = None
        self.metrics = [MetricsList([keras.metrics.BinaryAccuracy(name="accuracy"), keras.metrics.MeanSquaredError(name="mse")])]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def case(name, values, **options):
    callback, model = keras.callbacks.EarlyStopping(**options), Model()
    callback.set_model(model)
    monitor = options.get("monitor", "val_loss")
    out = {"name": name, "options": {camel(key): value for key, value in options.items()}}
    out["values"] = ["NaN" if isinstance(v, float) and math.isnan(v) else v for v in values]
    callback.on_train_begin()
    waits, run = [], 0
    try:
        for epoch, value in enumerate(values):
            model.weights = epoch
            callback.on_epoch_end(epoch, {} if value is None else {monitor: value})
            waits.append(callback.wait)
            run = epoch + 1
            if model.stop_training:
                break
    except ValueError:
        return {**out, "error": True}
    callback.on_train_end()
    best = callback.best
    return {
        **out,
        "epochsRun": run,
        "stoppedEpoch": callback.stopped_epoch,
        "bestEpoch": callback.best_epoch,
        "best": None if best is None else "NaN" if math.isnan(best) else float(best),
        "waits": waits,
        "weightsOfEpoch": model.weights,
    }


def cases():
    warnings.simplefilter("ignore")
    out = [case("patience 0, falling", FALLING), case("patience 0, bumpy", BUMPY), case("patience 0, flat", FLAT)]
    out += [case(f"patience {patience}, bumpy", BUMPY, patience=patience) for patience in (1, 2, 3, 4)]
    out += [case(f"patience {patience}, flat", FLAT, patience=patience) for patience in (1, 3)]
    out += [case(f"min_delta {delta}, creeping", CREEPING, min_delta=delta, patience=1) for delta in (0.04, 0.06, -0.06, 0.2)]
    out += [case(f"min_delta {delta}, steps of exactly 0.25", EXACT, min_delta=delta, patience=1) for delta in (0.25, 0.125)]
    out.append(case("mode max, rising", RISING, mode="max", patience=2, monitor="score"))
    out.append(case("mode max, min_delta", RISING, mode="max", patience=2, min_delta=0.08, monitor="score"))
    out.append(case("mode min, rising", RISING, mode="min", patience=2, monitor="score"))
    out.append(case("mode auto, loss", RISING, monitor="loss", patience=1))
    out.append(case("mode auto, accuracy", RISING, monitor="accuracy", patience=2))
    out.append(case("mode auto, val_accuracy", RISING, monitor="val_accuracy", patience=2))
    out.append(case("mode auto, val_mse", BUMPY, monitor="val_mse", patience=2))
    out.append(case("mode auto, a name without a known direction", BUMPY, monitor="score"))
    for baseline in (0.95, 0.82, 0.65, 0.1):
        out.append(case(f"baseline {baseline}", BUMPY, baseline=baseline, patience=3))
        out.append(case(f"baseline {baseline}, restore", BUMPY, baseline=baseline, patience=3, restore_best_weights=True))
    out.append(case("baseline, mode max", RISING, baseline=0.22, patience=2, mode="max", monitor="score"))
    out.append(case("restore, stopped", BUMPY, patience=2, restore_best_weights=True))
    out.append(case("restore, not stopped", [0.9, 0.5, 0.7], patience=5, restore_best_weights=True))
    out.append(case("restore, flat", FLAT, patience=2, restore_best_weights=True))
    out.append(case("restore, mode max", RISING, patience=2, restore_best_weights=True, mode="max", monitor="score"))
    for start in (1, 3, 6, 20):
        out.append(case(f"start_from_epoch {start}", BUMPY, patience=1, start_from_epoch=start))
        out.append(case(f"start_from_epoch {start}, restore", BUMPY, patience=1, start_from_epoch=start, restore_best_weights=True))
    out.append(case("start_from_epoch and baseline", BUMPY, patience=2, start_from_epoch=2, baseline=0.7))
    out.append(case("NaN never improves", [1.0, NAN, NAN, 0.5], patience=2))
    out.append(case("NaN first", [NAN, 1.0, 0.5, 0.4], patience=3))
    out.append(case("a huge value first", [1e300, 0.5, 0.6], patience=1))
    out.append(case("a missing value is passed over", [1.0, None, None, 0.9, 1.0, 1.1], patience=2))
    out.append(case("patience 0 stops at the first rise", [1.0, 2.0], patience=0))
    return out


def main():
    write_group("early-stopping", cases, absolute=0, relative=0, reason="Decisions, not arithmetic: equal or wrong.")


if __name__ == "__main__":
    main()
