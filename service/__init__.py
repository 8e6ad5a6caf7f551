"""Childfind: referral, evaluation and eligibility for special education in US schools."""
