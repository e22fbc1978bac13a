"""What is looked at before the first model: one method a file, one section that asks for them."""
