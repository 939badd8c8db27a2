"""What screens are put together from. A widget shows what it is given and says what a person did; it asks no desk."""
