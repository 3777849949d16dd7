"""Supporting documents registered by commitment. `lifecycle` is the table."""
