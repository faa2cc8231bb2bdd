"""From NumPy arrays to a file that Rowan loads."""

import os
import zlib

import numpy as np

from . import schema
from .layout import ALIGNMENT, CHUNK_BYTES, END_MAGIC, INT4, MAGIC, MAJOR_VERSION, align, digest_of, frame

_KINDS = {"float32": 1, "float16": 2, "int8": 4, "int32": 6, "uint8": 7, "bool": 8}


def encode_checkpoint(tensors, vocabularies=None, header=None):
    """The bytes of a checkpoint.

    `tensors`: NumPy arrays by name. `vocabularies`: lists of words, or messages `Vocabulary`, by name. `header`: a header to take
    model, table, notes, dtypes and quantization from; without it a single matrix becomes a table.
    """
    vocabularies = vocabularies or {}
    made = schema.Header(chunk_bytes=header.chunk_bytes if header else CHUNK_BYTES)
    known = {tensor.name: tensor for tensor in header.tensors} if header else {}
    if header:
        for name in ("model", "table"):
            if header.HasField(name):
                getattr(made, name).CopyFrom(getattr(header, name))
        made.notes.extend(header.notes)
    elif len(tensors) == 1 and next(iter(tensors.values())).ndim == 2:
        made.table.tensor = next(iter(tensors))
    payloads = []
    for name, values in tensors.items():
        values = np.asarray(values)
        tensor = made.tensors.add(name=name, dtype=known[name].dtype if name in known else _KINDS[values.dtype.name])
        tensor.shape.extend(values.shape)
        if name in known and known[name].HasField("quantization"):
            tensor.quantization.CopyFrom(known[name].quantization)
        payloads.append((tensor, _to_bytes(values, tensor.dtype)))
    for name, words in vocabularies.items():
        vocabulary = words if isinstance(words, schema.Vocabulary) else schema.Vocabulary(words=words)
        asset = made.assets.add(name=name, kind=schema.ASSET_KIND_VOCABULARY)
        payloads.append((asset, vocabulary.SerializeToString()))
    frames, checksums, place = [], [], 0
    for entry, (stored, payload) in enumerate(payloads):
        stored.length = len(payload)
        if payload:
            stored.pieces.add(offset=place, length=len(payload))
        for chunk, at in enumerate(range(0, len(payload), made.chunk_bytes)):
            part = payload[at : at + made.chunk_bytes]
            framed, checksum = frame(part, len(part), entry, chunk)
            frames.append(framed)
            checksums.append(checksum)
            place += len(framed)
    encoded = made.SerializeToString()
    prelude = MAGIC + MAJOR_VERSION.to_bytes(2, "little") + bytes(2)
    prelude += len(encoded).to_bytes(4, "little") + zlib.crc32(encoded).to_bytes(4, "little")
    prelude += zlib.crc32(prelude).to_bytes(4, "little")
    end = END_MAGIC + digest_of(checksums).to_bytes(4, "little")
    pad = lambda part: part + bytes(align(len(part)) - len(part))
    return pad(pad(prelude) + encoded) + b"".join(frames) + end + bytes(ALIGNMENT - len(end))


def write_checkpoint(path, tensors, vocabularies=None, header=None):
    """Writes a checkpoint: the earlier one stays until the new one is complete."""
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with open(temporary, "wb") as file:
            file.write(encode_checkpoint(tensors, vocabularies, header))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _to_bytes(values, dtype):
    if dtype == INT4:
        nibbles = np.asarray(values, "i1").view("u1") & 15
        if nibbles.shape[1] % 2:
            nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
        return (nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)).tobytes()
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
