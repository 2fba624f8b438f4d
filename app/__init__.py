"""The service: composes `matching` and `emails` into a Randomised Coffee Trial."""

__version__ = "0.1.0"
