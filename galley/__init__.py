"""The engine: rules, models and clients, without workflows or activities."""
