"""Urgent reports on one incident, whose text belongs to the incident."""
