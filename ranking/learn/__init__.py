"""What learning is made from and makes: the event log, snapshots, beliefs, memberships."""
