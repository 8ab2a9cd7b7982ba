"""Re-created jets: made with PYTHIA 8, a simple detector and jet grooming (`physics` extra).

::

    processes   PYTHIA events of one class            pythia8mc
    detector    tracks and calorimeter cells          numpy
    clustering  anti-kT and Cambridge/Aachen          numba
    grooming    mMDT
    observables the 16 features
    jets        events -> jets, all of the above
    shards      jets of one class on disk, by seed; the manifest
    run         all shards on several cores
    validation  are the jets what they should be?

These jets imitate a published data set and are not it: they are always called re-created jets.
Importing this package loads none of the heavy packages above.
"""
