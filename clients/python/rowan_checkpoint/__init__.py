"""Reads and writes checkpoints of Rowan; needs protobuf and NumPy, nothing else. The format: docs/checkpoint-format.md."""

from .errors import CheckpointFormatError
from .reader import Checkpoint, read_checkpoint
from .writer import encode_checkpoint, write_checkpoint

__all__ = ["Checkpoint", "CheckpointFormatError", "encode_checkpoint", "read_checkpoint", "write_checkpoint"]
