"""What delivered data must look like: one contract per dataset, and how a contract is read."""
