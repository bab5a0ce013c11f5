"""What a face can ask Galley for: typed requests, typed answers, typed errors.

The command line, the review page and an agent's door call this layer. It prints
nothing, knows no exit code, and reads no environment: a face hands it its
:class:`~app.connections.Connections`.
"""
