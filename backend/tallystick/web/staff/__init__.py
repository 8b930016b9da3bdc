"""Pages of those who work here: one module for each, over the API's own routes."""
