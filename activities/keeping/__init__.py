"""What is kept between steps: staged media, hosted media, documents, recordings."""
