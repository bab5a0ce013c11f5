"""What the steps share; imports neither workflows nor activities."""
