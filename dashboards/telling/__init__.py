"""Results told: frames that a figure or a sentence can use without further arithmetic, and the sentences themselves."""
