"""What a person decides about findings: decisions, a baseline, tuning."""
