"""The models as ONNX graphs, which `sknn2.onnx` makes of them.

graph      nodes that are added one by one, and the types of inputs and outputs
networks   fitted networks with their labels, probabilities and predictions
tables     the encoders of tables
dates      the calendar
"""
