"""What is asked and what is answered, as models: questions are held against them, answers are described by them."""
