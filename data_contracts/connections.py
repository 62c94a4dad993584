"""What every connection to DuckDB is told first, wherever it is opened."""

NO_REPLACEMENTS = "SET python_enable_replacements = false"
"""A name in a query is a table of the database, or an error: never a variable of the program that has the same name.

Without it a query on a table that an older release lacks reads whatever frame the calling Python happens to call so.
"""
