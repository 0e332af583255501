"""What a message must say beyond its schema: named sets of rules, each with a permanent identifier."""
