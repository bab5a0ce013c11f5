"""What each network allows and needs: one file a network; pure functions."""
