"""Fine topics of several BERTopic fits -> a tree of two levels.

`fits` finds fine topics on `sampling`'s samples, in the joint space of `features`; `merging` links
them into a `dendrogram` and cuts it into both levels; `hierarchy` strings these together and refits
BERTopic inside each main category; `resampling` repeats it on parts of the texts.
"""
