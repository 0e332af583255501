"""The gateway: from a message to a command, and from what became of it to the message that says so."""
