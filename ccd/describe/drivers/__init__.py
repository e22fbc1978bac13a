"""What goes with the differences between regions: the geographical detector and grey degrees."""
