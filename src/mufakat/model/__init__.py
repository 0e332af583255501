"""Plain data of the union: what is said, decided and recorded. Imports nothing above it."""
