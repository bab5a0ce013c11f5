"""What happens to a post and in what order; touches nothing."""
