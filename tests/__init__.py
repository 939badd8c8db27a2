"""The tests, in folders by level; see CONTRIBUTING.md."""
