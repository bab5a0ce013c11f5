"""What Temporal and the state bucket know of posts, campaigns and accounts."""
