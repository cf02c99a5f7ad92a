"""Who learns when: session i, a function of the seed and i."""
