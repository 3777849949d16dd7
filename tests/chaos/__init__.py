"""Real node processes on real kernel sockets, in bad weather, with a checker of what clients were told."""
