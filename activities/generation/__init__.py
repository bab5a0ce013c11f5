"""Media that a model makes on Replicate: ordered once, waited for, stored."""
