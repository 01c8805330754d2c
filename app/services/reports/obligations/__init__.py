"""Who owes a report by when: opening, reporters of closed units, extensions, reminders, the board."""
