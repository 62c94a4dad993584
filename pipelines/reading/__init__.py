"""From a file, whatever its format and layout, to a table of text cells and from there to typed values."""
