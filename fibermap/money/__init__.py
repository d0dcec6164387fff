"""Money: amounts, a double-entry ledger, payments through a gateway, deposits and refunds."""
