"""The rules: a pure, deterministic state machine. No I/O, clock, randomness, floats or threads."""
