"""Arrays in, arrays out: the few computations that need speed."""
