"""What moves data, and the commands: from a delivery in the inbox to a published release."""
