"""The audit: a second, independent reading of a journal, that trusts nothing it has not recomputed."""
