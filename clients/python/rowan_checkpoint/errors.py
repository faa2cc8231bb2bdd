"""What goes wrong."""


class CheckpointFormatError(ValueError):
    """A file that is no checkpoint, was damaged, or is of another version."""
