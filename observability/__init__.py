"""Health, gauges and logs of a running Galley."""
