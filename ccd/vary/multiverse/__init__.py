"""Every combination of a study's choices: what each does to D, to the ranks and to the effect."""
