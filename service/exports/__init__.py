"""What goes out to other systems: the file a SIS reads back, calendars, Ed-Fi.

An export reads rows and makes rows, a stretch of students at a time, and changes nothing.
"""
