"""What reviewers teach: lessons made, bounded and chosen; all pure."""
