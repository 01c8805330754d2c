"""How figures are made: of the sources, of the reports below, and the lineage of each."""
