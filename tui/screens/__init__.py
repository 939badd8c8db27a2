"""The screens: each a place of its own, made of widgets and asking the desk. No rule of the firm lives here."""
