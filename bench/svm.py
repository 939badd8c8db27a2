"""A linear SVM on TF-IDF, to measure suggestions against: `python bench/svm.py < cases.json`, in an environment that
has scikit-learn. Reads [{"train": [[text, label]…], "test": [text…]}…], prints for each test its three likeliest
labels.
"""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC


def main() -> None:
    """One model for each case."""
    answers = []
    for case in json.load(sys.stdin):
        texts, labels = zip(*case["train"], strict=True)
        model = make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=1, ngram_range=(1, 1)), LinearSVC())
        model.fit(texts, labels)
        scores = model.decision_function(case["test"])
        classes = list(model.classes_)
        if scores.ndim == 1:  # two classes
            scores = [(-one, one) for one in scores]
        answers.append([[classes[n] for n in sorted(range(len(classes)), key=lambda n: -row[n])[:3]] for row in scores])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
