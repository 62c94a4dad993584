"""The model asked about a warehouse or a release: every scenario, or one setting of one."""
