"""Mail to owners of agents, holders of accounts and operators, and the contact form."""
