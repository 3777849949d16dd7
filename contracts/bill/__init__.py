"""Control of bills of lading: possession, title and surrender. `lifecycle` is the table."""
