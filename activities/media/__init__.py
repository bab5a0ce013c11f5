"""Media are drawn, generated, fitted, staged and hosted."""
