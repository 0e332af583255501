"""mufakat: a clearing union that its members run together, with no operator."""

__version__ = "0.1.0"
