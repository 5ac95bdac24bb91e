"""Trials designed by calculation: looks, sizes, stopping rules, beliefs and recruitment, without any simulator."""
