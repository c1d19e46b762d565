"""Encoders of columns, used in front of the estimators.

piecewise_linear  the encoder of numeric columns, cut at their quantiles
bins              the quantile bins of each column, with weights
table             the encoder of tables with numbers, categories and dates
columns           the columns of a frame or an array, read as numbers, levels or dates
"""
