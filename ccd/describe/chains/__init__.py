"""Where innovation sits against where industry sits."""
