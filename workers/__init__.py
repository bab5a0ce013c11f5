"""What a worker process serves: activities wired to clients, task queues and slots."""
