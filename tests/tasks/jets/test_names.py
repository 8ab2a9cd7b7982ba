from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def test_the_names_are_those_of_the_published_data_sets_in_their_order():
    assert " ".join(FEATURE_NAMES) == (
        "zlogz c1_b0_mmdt c1_b1_mmdt c1_b2_mmdt c2_b1_mmdt c2_b2_mmdt d2_b1_mmdt d2_b2_mmdt "
        "d2_a1_b1_mmdt d2_a1_b2_mmdt m2_b1_mmdt m2_b2_mmdt n2_b1_mmdt n2_b2_mmdt mass_mmdt "
        "multiplicity"
    )
    assert CLASS_NAMES == ("g", "q", "t", "w", "z")
