"""A printed map: a page of vectors with title, legend, scale, date and plan version."""
