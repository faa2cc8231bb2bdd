"""The Python peers of `rowan bench`: one thread each, denormals flushed, one turn at a time.

usage: peers.py                    answers JSON lines on standard input, one line each
       peers.py start torch|keras  imports, builds the tutorial's model, predicts once, ends

Requests, and the fields of their answers (an answer with `error` says what went wrong):
  {"op": "hello", "peers": [...]}                 versions: {peer: text}, missing: {peer: why}
  {"op": "open", "id", "suite", "kind", ...}      ok; the fields are those of the suite's function below
  {"op": "turn", "id", "first", "warm", "calls"}  ms: [...] of the last `calls` calls
  {"op": "result", "id", "path"}                  ok; the file holds float32 of what a call on set 0 gives
  {"op": "close", "id"}                           ok
"""

import gc
import importlib
import json
import os
import sys
import time

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[_name] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

MODULES = {"numpy": ["numpy"], "torch": ["torch"], "fbgemm": ["torch", "fbgemm_gpu"], "keras": ["tensorflow", "keras"], "gensim": ["gensim"], "safetensors": ["safetensors", "safetensors.numpy"]}


def load(peer):
    """Imports what a peer is made of, sets it to one thread, and gives its version."""
    modules = [importlib.import_module(name) for name in MODULES[peer]]
    if peer in ("torch", "fbgemm"):
        modules[0].set_num_threads(1)
        modules[0].set_flush_denormal(True)
    if peer == "keras":
        modules[0].config.threading.set_intra_op_parallelism_threads(1)
        modules[0].config.threading.set_inter_op_parallelism_threads(1)
        return f"keras {modules[1].__version__} on tensorflow {modules[0].__version__}"
    version = getattr(modules[0 if peer == "safetensors" else -1], "__version__", "")
    return f"{peer} {version}".strip()


def read(path, dtype, *shape):
    import numpy

    return numpy.fromfile(path, dtype).reshape(shape)


def torch_table(request):
    """A table in memory of torch's own: NumPy asks for huge pages, torch does not."""
    import torch

    table = torch.empty(request["rows"], request["dim"])
    table.numpy()[:] = read(request["table"], "float32", request["rows"], request["dim"])
    return table


def sets_of(request, dtype="int32"):
    return read(request["ids"], "int32", request["sets"], request["batch"]).astype(dtype)


def lookup(kind, request):
    """table, rows, dim, ids, batch, sets"""
    import numpy

    sets = sets_of(request)
    if kind == "torch":
        import torch

        table, ids = torch_table(request), torch.from_numpy(sets)
        out = torch.empty(request["batch"], request["dim"])
        return lambda at: torch.index_select(table, 0, ids[at], out=out).numpy()
    table = read(request["table"], "float32", request["rows"], request["dim"])
    if kind == "keras":
        import tensorflow

        with tensorflow.device("CPU:0"):
            rows = tensorflow.constant(table)
            ids = [tensorflow.constant(one) for one in sets]
        return lambda at: tensorflow.gather(rows, ids[at])
    out = numpy.empty((request["batch"], request["dim"]), "float32")
    # With mode="raise" NumPy fills a copy of `out` first.
    return lambda at: numpy.take(table, sets[at], axis=0, out=out, mode="clip")


def bag(kind, request):
    """table, rows, dim, ids, batch, sets, width, mode, int8"""
    import torch

    sets, mode = torch.from_numpy(sets_of(request)), request["mode"]
    offsets = torch.arange(0, request["batch"] + 1, request["width"], dtype=torch.int32)
    table = torch_table(request)
    if kind == "torch":
        call = torch.nn.functional.embedding_bag
        return lambda at: call(sets[at], table, offsets, mode=mode, include_last_offset=True).numpy()
    from fbgemm_gpu.split_embedding_configs import SparseType
    from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
    from fbgemm_gpu.split_table_batched_embeddings_ops_inference import IntNBitTableBatchedEmbeddingBagsCodegen

    stored = SparseType.INT8 if request.get("int8") else SparseType.FP32
    bags = IntNBitTableBatchedEmbeddingBagsCodegen(
        [("", request["rows"], request["dim"], stored, EmbeddingLocation.HOST)],
        device="cpu",
        pooling_mode=PoolingMode.SUM if mode == "sum" else PoolingMode.MEAN,
        output_dtype=SparseType.FP32,
    )
    bags.initialize_weights()
    weights, scale_and_bias = bags.split_embedding_weights()[0]
    if request.get("int8"):
        low = table.amin(1, keepdim=True).half()
        scale = ((table.amax(1, keepdim=True) - low.float()) / 255).half()
        weights.copy_(((table - low.float()) / scale.float()).round().clamp(0, 255).to(torch.uint8))
        scale_and_bias.copy_(torch.cat([scale, low], 1).view(torch.uint8))
    else:
        weights.copy_(table.view(torch.uint8))
    return lambda at: bags(sets[at], offsets).numpy()


def train(kind, request):
    """table, rows, dim, ids, batch, sets, width, head, targets, sparse: losses of successive steps"""
    import numpy

    width, dim = request["width"], request["dim"]
    samples = request["batch"] // width
    head = read(request["head"], "float32", width * dim, 1)
    targets = read(request["targets"], "float32", request["sets"], samples, 1)
    sets = sets_of(request).reshape(request["sets"], samples, width)
    if kind == "keras":
        import keras

        layers = [keras.layers.Embedding(request["rows"], dim), keras.layers.Flatten(), keras.layers.Dense(1)]
        model = keras.Sequential([keras.Input((width,), dtype="int32"), *layers])
        model.compile(optimizer=keras.optimizers.Adam(), loss="mse", jit_compile=False)
        model.set_weights([read(request["table"], "float32", request["rows"], dim), head, numpy.zeros(1, "float32")])
        return lambda at: model.train_on_batch(sets[at], targets[at])
    import torch

    sparse = request["sparse"]
    embedding = torch.nn.Embedding(request["rows"], dim, sparse=sparse, _weight=torch_table(request))
    dense = torch.nn.Linear(width * dim, 1)
    with torch.no_grad():
        dense.weight.copy_(torch.from_numpy(head.T))
        dense.bias.zero_()
    # torch's Adam adds epsilon after the bias correction, Keras' and SparseAdam before it: this gives all the same first step.
    adam = lambda parameters: torch.optim.Adam(parameters, lr=1e-3, eps=1e-7 / (1 - 0.999) ** 0.5)
    table_adam = torch.optim.SparseAdam(embedding.parameters(), lr=1e-3, eps=1e-7) if sparse else adam(embedding.parameters())
    optimizers = [table_adam, adam(dense.parameters())]
    ids, wanted = torch.from_numpy(sets.astype("int64")), torch.from_numpy(targets)

    def step(at):
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(dense(embedding(ids[at]).flatten(1)), wanted[at])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss.item()

    return step


def neighbours(kind, request):
    """table, rows, dim, ids (the queries' rows), batch (1), sets, k, metric: the nearest rows' numbers, best first"""
    import numpy

    k, cosine = request["k"], request["metric"] == "cosine"
    queries = read(request["ids"], "int32", request["sets"])
    if kind == "torch":
        import torch

        table = torch_table(request)
        norms = table.norm(dim=1)

        def ask(at):
            vector = table[int(queries[at])]
            scores = torch.mv(table, vector)
            return torch.topk(scores / norms if cosine else scores, k).indices

        return ask
    table = read(request["table"], "float32", request["rows"], request["dim"])
    if kind == "gensim":
        from gensim.models import KeyedVectors

        vectors = KeyedVectors(request["dim"])
        vectors.add_vectors([str(i) for i in range(request["rows"])], table)
        vectors.fill_norms()
        return lambda at: [int(key) for key, _ in vectors.similar_by_vector(table[queries[at]], topn=k)]
    norms = numpy.linalg.norm(table, axis=1)

    def search(at):
        scores = table @ table[queries[at]]
        if cosine:
            scores /= norms
        best = numpy.argpartition(scores, -k)[-k:]
        return best[numpy.argsort(-scores[best])]

    return search


def checkpoint(kind, request):
    """path, rows, dim, load, flush; numbers 0 to 1020 again and again"""
    import numpy
    from safetensors.numpy import load_file, save_file

    path, rows, dim = request["path"], request["rows"], request["dim"]
    table = numpy.resize(numpy.arange(1021, dtype="float32"), (rows, dim))

    def save(_):
        save_file({"vectors": table}, path)
        if request["flush"]:
            file = os.open(path, os.O_RDWR)
            os.fsync(file)
            os.close(file)

    if not request["load"]:
        return save
    save(0)
    del table
    return lambda _: load_file(path)["vectors"]


def words(kind, request):
    """text (a sentence a line), words (JSON: the order of the rows), objective, dim, epochs, threads, sets: a result is a training with seed 1 + set, a turn an epoch"""
    from gensim.models import Word2Vec

    with open(request["text"], encoding="utf-8") as file:
        sentences = [line.split() for line in file]
    with open(request["words"], encoding="utf-8") as file:
        order = json.load(file)
    total = sum(map(len, sentences))

    def prepare(seed):
        model = Word2Vec(
            vector_size=request["dim"], sg=int(request["objective"] == "skipgram"), workers=request["threads"], seed=seed,
            min_count=1, epochs=request["epochs"], window=5, negative=5,
        )  # fmt: skip
        model.build_vocab(sentences)
        return model

    sizes = {"total_examples": len(sentences), "total_words": total}
    epochs = request["epochs"]
    running = {"model": None, "done": 0}

    def train(at):
        model = prepare(at + 1)
        model.train(sentences, epochs=epochs, **sizes)
        return model.wv.vectors[[model.wv.key_to_index[word] for word in order]]

    def ready(_):
        # Counting words is nobody's time.
        if running["done"] % epochs == 0:
            running["model"] = prepare(1 + running["done"] // epochs)

    def epoch(_):
        model, place = running["model"], running["done"] % epochs
        rate = lambda at: model.alpha - (model.alpha - model.min_alpha) * at / epochs
        model.train(sentences, epochs=1, start_alpha=rate(place), end_alpha=rate(place + 1), **sizes)
        running["done"] += 1

    train.ready, train.turn = ready, epoch
    return train


SUITES = {"words": words, "checkpoint": checkpoint, "lookup": lookup, "bag": bag, "train": train, "neighbours": neighbours}


class Session:
    """The cases that are open, by id."""

    def __init__(self):
        self.cases = {}
        self.threads = {}

    def hello(self, request):
        versions, missing = {}, {}
        for peer in request["peers"]:
            try:
                versions[peer] = load(peer)
            except Exception as error:
                missing[peer] = f"{type(error).__name__}: {error}".splitlines()[0]
        return {"versions": versions, "missing": missing}

    def open(self, request):
        self.threads[request["id"]] = request.get("threads", 1)
        self.cases[request["id"]] = (SUITES[request["suite"]](request["kind"], request), request["sets"])
        return {"ok": True}

    def turn(self, request):
        call, sets = self.cases[request["id"]]
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(self.threads[request["id"]])
        timed = getattr(call, "turn", call)
        times = []
        for i in range(request["warm"] + request["calls"]):
            at = (request["first"] + i) % sets
            if hasattr(call, "ready"):
                call.ready(at)
            start = time.perf_counter()
            result = timed(at)
            took = time.perf_counter() - start
            del result
            if i >= request["warm"]:
                times.append(took * 1e3)
        return {"ms": times}

    def result(self, request):
        import numpy

        call, _ = self.cases[request["id"]]
        values = [call(at) for at in range(request.get("calls", 1))]
        numpy.concatenate([numpy.asarray(value, "float32").ravel() for value in values]).tofile(request["path"])
        return {"ok": True}

    def close(self, request):
        del self.cases[request["id"]]
        if "keras" in sys.modules:
            sys.modules["keras"].utils.clear_session(free_memory=True)
        gc.collect()
        return {"ok": True}


def serve():
    # What libraries print on their own must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    session = Session()
    operations = {"hello": session.hello, "open": session.open, "turn": session.turn, "result": session.result, "close": session.close}
    gc.disable()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = operations[request["op"]](request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def start(peer):
    if peer == "torch":
        import torch

        return torch.nn.Embedding(10, 4)(torch.tensor([[1, 2]]))
    import keras
    import numpy

    model = keras.Sequential([keras.layers.Embedding(10, 4)])
    model.compile(optimizer="adam", loss="mse")
    return model.predict(numpy.array([[1, 2]]), verbose=0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["start"]:
        assert tuple(start(sys.argv[2]).shape) == (1, 2, 4)
    else:
        serve()
