"""Engage: paid work with survivor leaders that nobody is pushed into."""
