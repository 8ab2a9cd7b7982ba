// Training of networks whose neurons are a sum, a batch normalisation and a quantiser: all steps of
// an epoch in one launch, a member to a cluster of thread blocks, its batch and itself in their shared
// memory. Compiled at run time; see logicjsc/training/cuda.

#include "backward.h"
#include "device.h"
#include "evaluation.h"
#include "forward.h"
#include "layout.h"
#include "loss.h"
#include "member.h"
#include "update.h"

// Makes each cluster's steps. Two buffers of partial sums take turns: what a block writes, others
// may still read until the barrier after the next.
template <int kSamples>
__device__ inline void train(const Steps &run) {
    const Member<kSamples> own(run);
    const int blocks = run.network.blocks;
    read_parameters(own);
    start_order(own, own.task.begin, 0);
    wait_for_copies();
    block_barrier();
    start_samples(own, 0);
    follow_parameters(own);
    int buffer = 0;
    for (int index = 0; index < own.task.count; ++index) {
        const int step = own.task.begin + index, next = index + 1;
        wait_for_copies();
        block_barrier();
        if (next < own.task.count) start_order(own, step + 1, next % 2);
        if (thread_number() == 0)
            start_copy(own.rates, run.rates + own.number * run.total + step);
        bool broken = false;
#pragma unroll 1
        for (int b = 0; b < blocks; ++b, buffer ^= 1) {
            forward_sums(own, b, buffer);
            cluster_barrier();
            broken |= forward_codes(own, b, buffer);
            block_barrier();
        }
        judge(own, broken);
        block_barrier();
#pragma unroll 1
        for (int b = blocks - 1; b >= 0; --b, buffer ^= 1) {
            backward_codes(own, b, buffer);
            if (b == 0) {
                wait_for_copies();
                block_barrier();
                if (next < own.task.count) start_samples(own, next % 2);
                sum_scalars(own);
            }
            cluster_barrier();
            backward_sums(own, b, buffer);
            block_barrier();
        }
        move_parameters(own, step);
        cluster_barrier();
        follow_parameters(own);
    }
    write_parameters(own);
}

// With so many samples for each lane: fewer spread over more processors, more need fewer instructions.
extern "C" __global__ void __launch_bounds__(kThreads, kBlocksPerProcessor)
logicjsc_train_2(const __grid_constant__ Steps run) { train<2>(run); }

extern "C" __global__ void __launch_bounds__(kThreads, kBlocksPerProcessor)
logicjsc_train_4(const __grid_constant__ Steps run) { train<4>(run); }

// Writes class scores of all members.
extern "C" __global__ void logicjsc_evaluate(const __grid_constant__ Evaluation run) {
    evaluate(run);
}
