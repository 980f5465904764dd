"""One honest sentence, whoever wins."""

from picojoule.energy.verdict import Ratio, inference_sentence, training_sentence

S, R = "the spiking network", "the ReLU network"


def test_a_loser_is_called_a_loser() -> None:
    text = inference_sentence({"fp32": Ratio(2.34, 13.0), "int8": Ratio(2.0, 15.2)}, spiking=(S, 0.83), relu=(R, 0.979))
    assert text == (
        "The ReLU network needs less energy per image under every cost table: in compute alone 2.3 times less (fp32) "
        "and 2.0 times less (int8); with memory 13 times less (fp32) and 15 times less (int8); the ReLU network is "
        "more accurate, 97.9 % against 83.0 %."
    )


def test_a_winner_that_is_less_accurate() -> None:
    text = inference_sentence({"fp32": Ratio(0.1, 0.25)}, spiking=(S, 0.95), relu=(R, 0.979), methods="dense")
    assert text == (
        "The spiking network needs less energy per image under every cost table: in compute alone 10 times less "
        "(fp32); with memory 4.0 times less (fp32); dense; the ReLU network is more accurate, 97.9 % against 95.0 %."
    )


def test_a_mixed_outcome_names_the_winner_of_each_table() -> None:
    text = inference_sentence(
        {"fp32": Ratio(0.5, 3.0), "int32": Ratio(1.0, 2.0), "int8": Ratio(1.1, 0.9)}, spiking=(S, 0.9), relu=(R, 0.9)
    )
    assert text == (
        "Which network needs less energy per image depends on what is counted: in compute alone the spiking network "
        "needs 2.0 times less (fp32), the ReLU network needs 1.10 times less (int8), both need the same (int32); with "
        "memory the spiking network needs 1.11 times less (int8), the ReLU network needs 3.0 times less (fp32) and "
        "2.0 times less (int32); both are equally accurate, 90.0 %."
    )


def test_energy_won_only_without_memory_is_no_victory() -> None:
    text = inference_sentence({"fp32": Ratio(0.2, 1.5)}, spiking=(S, 0.9), relu=(R, 0.8))
    assert text.startswith("Which network needs less energy per image depends")


def test_close_accuracies_are_told_apart() -> None:
    text = inference_sentence({"t": Ratio(1.0, 1.0)}, spiking=(S, 0.98004), relu=(R, 0.97996))
    assert text.endswith("the spiking network is more accurate, 98.004 % against 97.996 %.")
    text = inference_sentence({"t": Ratio(1.0, 1.0)}, spiking=(S, 0.9801), relu=(R, 0.9798))
    assert text.endswith("the spiking network is more accurate, 98.01 % against 97.98 %.")


def test_nothing_against_something() -> None:
    text = inference_sentence({"t": Ratio(0.0, 0.0)}, spiking=(S, 0.5), relu=(R, 0.5))
    assert text.startswith(
        "The spiking network needs less energy per image under every cost table: in compute alone no energy"
    )


def test_training_says_how_many_images_each_was_shown() -> None:
    text = training_sentence({"fp32": Ratio(0.5, 5.0)}, spiking=(S, 4000), relu=(R, 40_000))
    assert text == (
        "Which network needs less energy for all its training depends on what is counted: in compute alone the spiking "
        "network needs 2.0 times less (fp32); with memory the ReLU network needs 5.0 times less (fp32); the spiking "
        "network was shown 4,000 images and the ReLU network 40,000."
    )
