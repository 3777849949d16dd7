"""Where containers are: gates, vessels and trains. `lifecycle` is the table."""
