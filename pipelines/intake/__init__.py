"""What came, what was kept and what is sent back: the inbox, one delivery at a time, and the log of deliveries."""
