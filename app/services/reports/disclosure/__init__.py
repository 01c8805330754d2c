"""Which small numbers of persons stay hidden in what is issued beyond the official chain."""
