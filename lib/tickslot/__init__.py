"""A cooperative scheduler for MicroPython whose every byte exists before the first task runs."""

__version__ = "0.1.0"
