"""mufakat: a clearing union that its members run together, with no operator."""

from importlib.metadata import version

__version__ = version("mufakat")
