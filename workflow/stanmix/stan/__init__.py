"""Stan: the text of its programs, their compilation, and chains as they are run and stored."""
