"""The words of both languages: every text a person reads, and numbers the way each language writes them."""
