"""What Temporal is given to keep, encrypted before it leaves this process."""
