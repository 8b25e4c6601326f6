"""Audio to words: engines behind one protocol, and the guard that keeps text where somebody spoke."""
