"""How rows of X enter a network. It needs NumPy and SciPy, no scikit-learn.

standardization  the mean and the scale of each column, merged over blocks
reader           reads rows, standardises them and appends a column of ones
selected_rows    some rows of a large table, without a copy
sparse           the same for sparse rows, which stay sparse
row_space        the rows of a wide table in fewer columns, for L-BFGS
blocks           the size of a block of rows; the output of a network for all rows
blas_threads     one BLAS thread during a fit; the floating-point error state
"""
