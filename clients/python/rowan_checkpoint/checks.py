"""That a header is one that a writer could have written, before memory is taken for what it promises."""

import math
import re

from .errors import CheckpointFormatError
from .layout import ALIGNMENT, BITS, CHUNK_BYTES, INT4, INT8, FLOAT32, MAX_RATIO, align

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def check_header(header, path):
    """Raises CheckpointFormatError. Returns for each file the bytes of its frames; the first is the one of the header."""

    def fail(what):
        raise CheckpointFormatError(f"{what} In the header of {path}. The file was damaged, or not written by Rowan.")

    if header.chunk_bytes % ALIGNMENT or not ALIGNMENT <= header.chunk_bytes <= CHUNK_BYTES:
        fail(f"Chunks must have a multiple of {ALIGNMENT} bytes, up to {CHUNK_BYTES}. Received: {header.chunk_bytes}.")
    files = [shard.file for shard in header.shards]
    for file in files:
        if "/" in file or re.match("[A-Za-z]:", file) or file.startswith(".") or _name_fault(file):
            fail(f"A shard must lie in the folder of its index. Received: {file[:80]!r}.")
    if len(set(files)) < len(files):
        fail("Each shard must be named once. Received: a repeated name.")
    for kind, entries in (("tensor", header.tensors), ("asset", header.assets)):
        names = [entry.name for entry in entries]
        for name in names:
            if _name_fault(name):
                fail(f"The name of a {kind} must not {_name_fault(name)}. Received: {name[:80]!r}.")
        if len(set(names)) < len(names):
            fail(f"Each {kind} must have a name of its own. Received: a repeated name.")
    for tensor in header.tensors:
        bits = BITS.get(tensor.dtype)
        if bits is None or len(tensor.shape) > 32 or (tensor.dtype == INT4 and len(tensor.shape) != 2):
            fail(f"No tensor has the dtype {tensor.dtype} and {len(tensor.shape)} axes. Received: {tensor.name!r}.")
        *outer, last = tensor.shape or [1]
        expected = math.prod(outer) * -(-last * bits // 8)
        if tensor.length != expected:
            fail(f"The bytes of {tensor.name!r} must be {expected}. Received: {tensor.length}.")
    places = [0] * (len(files) + 1)
    for entry in (*header.tensors, *header.assets):
        _check_pieces(entry, header, places, fail)
    _check_quantization(header, fail)
    return places


def _name_fault(name):
    parts = name.split("/")
    if not name or "" in parts:
        return "be empty, nor have an empty part"
    if len(name.encode("utf-8")) > 1024:
        return "be longer than 1024 bytes"
    if _FORBIDDEN.search(name):
        return "hold control characters or backslashes"
    if {".", "..", "__proto__"}.intersection(parts):
        return 'hold the parts ".", ".." or "__proto__"'
    return None


def _check_pieces(entry, header, places, fail):
    chunk_bytes = header.chunk_bytes
    start = 0
    for piece in entry.pieces:
        if piece.shard >= len(places) or (piece.shard == 0) != (len(places) == 1):
            fail(f"The bytes of {entry.name!r} must lie in one of {len(places) - 1} shards. Received: shard {piece.shard}.")
        follows = piece.start == start and piece.length and start + piece.length <= entry.length and start % chunk_bytes == 0
        if not follows or piece.offset != places[piece.shard]:
            fail(f"The pieces of {entry.name!r} must follow each other. Received: {piece.length} bytes from byte {piece.start} on.")
        raw = [min(chunk_bytes, piece.length - at) for at in range(0, piece.length, chunk_bytes)]
        stored = list(piece.stored_lengths) if entry.compression else raw
        if entry.compression not in (0, 1) or len(stored) != len(raw) or (not entry.compression and piece.stored_lengths):
            fail(f"Compressed data has one stored length for each of its chunks, other data none. Received: another number for {entry.name!r}.")
        if any(packed == 0 or packed > 2 * chunk_bytes or length > packed * MAX_RATIO for packed, length in zip(stored, raw)):
            fail(f"A chunk of {entry.name!r} cannot hold what it should.")
        places[piece.shard] += sum(ALIGNMENT + align(length) for length in stored)
        start += piece.length
    if start != entry.length:
        fail(f"The pieces of {entry.name!r} must have {entry.length} bytes together. Received: {start}.")


def _check_quantization(header, fail):
    tensors = {tensor.name: tensor for tensor in header.tensors}
    if header.HasField("table") and header.table.tensor not in tensors:
        fail(f"The table must be a tensor of the checkpoint. Received: {header.table.tensor[:80]!r}.")
    for tensor in header.tensors:
        if (tensor.is_table or tensor.name == header.table.tensor) and (len(tensor.shape) != 2 or 0 in tensor.shape):
            fail(f"A table has the shape [rows, dim]. Received: {list(tensor.shape)} of {tensor.name!r}.")
    for tensor in header.tensors:
        if not tensor.HasField("quantization"):
            if tensor.dtype == INT4:
                fail(f"A tensor of int4 has scales. Received: none for {tensor.name!r}.")
            continue
        found = tensor.quantization
        block = found.block_size
        if tensor.dtype not in (INT8, INT4) or len(tensor.shape) != 2 or (block > 0) != (found.zeros != "") or (block and tensor.dtype != INT4):
            fail(f"Only matrices of int8 or int4 have scales, only blocks of int4 zeros. Received: {tensor.name!r}.")
        rows, dim = tensor.shape
        expected = [rows, -(-dim // block)] if block else [rows]
        for name, dtype in ((found.scales, FLOAT32), *([(found.zeros, INT8)] if found.zeros else [])):
            if name not in tensors or list(tensors[name].shape) != expected or tensors[name].dtype != dtype:
                fail(f"Scales and zeros of {tensor.name!r} must be tensors of the shape {expected}. Received: {name[:80]!r}.")
