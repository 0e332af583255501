"""Vaults: what the parties keep to themselves, bound to the log by a commitment."""
