"""Bytes to typed message and back: ISO 20022, UBL and CSV. Imports nothing above the model."""
