"""Views: what people and messages ask for, folded from events into SQL, rebuilt at any time."""
