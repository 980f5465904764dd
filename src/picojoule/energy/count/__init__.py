"""Operations counted while a model runs: what is multiplied with what, what is added, read and written."""
