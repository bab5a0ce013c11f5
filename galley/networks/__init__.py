"""The rules of the networks, one file each: limits, counting, checks, metadata for Buffer."""
