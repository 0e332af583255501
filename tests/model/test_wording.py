from mufakat.model.refusal import Reason
from mufakat.model.wording import WORDS


def test_each_reason_has_its_words_and_there_are_no_others():
    assert set(WORDS) == set(Reason.__members__)


def test_the_words_are_sentences_that_say_what_is_so_or_what_to_do():
    texts = [text for _, text in WORDS.values()]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith(".") and text[0].isupper() for text in texts)
