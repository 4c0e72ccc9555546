"""What automatic training chooses for the user, by what rule, and from which folds of the rows.

Refuses to know the formula's syntax, files, pictures and the network object: it takes a model and
gives back choices.
"""
