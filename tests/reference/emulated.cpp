// The kernels as functions that run on the CPU, for tests; see emulated_device.h.
#include "training.cu"

extern "C" {

int emulated_train_2(const Steps *run, int blocks, int threads, int ranks, int shared_bytes) {
    return emulated::launch(blocks, threads, ranks, shared_bytes,
                            [run] { logicjsc_train_2(*run); });
}

int emulated_train_4(const Steps *run, int blocks, int threads, int ranks, int shared_bytes) {
    return emulated::launch(blocks, threads, ranks, shared_bytes,
                            [run] { logicjsc_train_4(*run); });
}

int emulated_evaluate(const Evaluation *run, int blocks, int threads, int ranks,
                      int shared_bytes) {
    return emulated::launch(blocks, threads, ranks, shared_bytes,
                            [run] { logicjsc_evaluate(*run); });
}

void set_emulation(int lazy_copies, int order) {
    emulated::lazy_copies = lazy_copies;
    emulated::order = static_cast<emulated::Order>(order);
}

int size_of_steps() { return sizeof(Steps); }
int size_of_evaluation() { return sizeof(Evaluation); }
}
