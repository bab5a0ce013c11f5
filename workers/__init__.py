"""What a worker process serves: task queues with their slots, and activities with clients."""
