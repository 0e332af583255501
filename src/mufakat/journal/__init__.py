"""The journal: one file a node, in which every acknowledged command is there for good."""
