"""Policy documents: what is in force where and when, by which instruments and for which factors."""
