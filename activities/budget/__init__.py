"""Money: daily ceilings, and payment for each call against them."""
