"""Who may ask and who may change: keys of programs, people with roles, sessions, and how often each may ask."""
