"""What goes wrong on purpose in the training room, and nowhere else."""
