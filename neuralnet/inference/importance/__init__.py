"""Importance of terms and of columns of X: by permutation, and by the weights that connect them."""
