"""The node's HTTP API: versioned under `/v1`, described in full by `/openapi.json`."""
