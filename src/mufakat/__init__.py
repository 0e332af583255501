"""mufakat: a clearing union that its members run together, with no operator."""
