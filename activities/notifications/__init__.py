"""What needs a person is found and told."""
