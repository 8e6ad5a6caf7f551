"""Childfind: from the first concern to eligibility and a plan, under IDEA and Section 504."""
