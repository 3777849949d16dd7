"""Pages for people, made by the node from its own database. Everything works without scripts.

Routes here call the same query functions as the API's and show nobody more than
the API would. What a page says is this node's word, and the page says so.
"""
