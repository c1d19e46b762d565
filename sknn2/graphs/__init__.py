"""What the models become as graphs of ONNX; `sknn2.onnx` is the door to it.

graph: Nodes that are added one by one, and the types of inputs and outputs.
networks: Fitted networks with their labels, probabilities and predictions.
tables: The encoders of tables.
dates: The calendar.
"""
