"""Pictures and videos are drawn, cut and made to fit."""
