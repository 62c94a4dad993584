"""From accepted rows in the lake to one new database file: one SQL step a table."""
