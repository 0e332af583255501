"""Screening: lists of who is forbidden, and whether a name is one of theirs. No union is needed."""
