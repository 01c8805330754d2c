"""One figure: what was declared of it, its cells, formulas, and the rules that it breaks."""
