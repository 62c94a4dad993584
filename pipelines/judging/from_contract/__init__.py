"""What is derived from a contract: types, tables, checks, templates and the data dictionary."""
