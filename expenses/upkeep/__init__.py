"""What touches every slice at once: merging and deleting a category, changing the day months start on, deleting a
household. Rare, and each says beforehand what it will do.
"""
