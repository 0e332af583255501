"""The node: orders commands, makes them durable, applies them, and publishes what came of them."""
