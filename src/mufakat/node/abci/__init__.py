"""The side of a node that speaks to its consensus engine: CometBFT's application interface, ABCI 2.0."""
