"""What the calibrated simulator says of trials and regimens: compared, predicted, and judged by what was published."""
