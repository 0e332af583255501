"""What a person looks at: pages that need no server and no network."""
