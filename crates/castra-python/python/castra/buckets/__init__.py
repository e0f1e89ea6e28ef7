"""Buckets of the clouds, one module per cloud: bytes that are read and written at a place. What the bytes mean, flows or results, is
for those who use them."""
