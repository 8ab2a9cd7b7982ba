// The little that the kernels ask of the hardware. Tests define LOGICJSC_EMULATED and bring their own,
// which runs the kernels thread by thread on the CPU.
#pragma once

#ifdef LOGICJSC_EMULATED
#include "emulated_device.h"
#else

__device__ inline char *shared_memory() {
    extern __shared__ __align__(16) char memory[];
    return memory;
}

__device__ inline int thread_number() { return threadIdx.x; }
__device__ inline int thread_count() { return blockDim.x; }
__device__ inline int block_number() { return blockIdx.x; }
__device__ inline void block_barrier() { __syncthreads(); }

// Thread blocks of a cluster, numbered from 0, reach each other's shared memory (compute capability
// 9.0 and above).
__device__ inline int cluster_rank() {
    int rank;
    asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    return rank;
}

// Waits for all threads of the cluster; what they wrote before can be read after.
__device__ inline void cluster_barrier() {
    asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
    asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// The place in another block's shared memory that is `pointer` in one's own.
template <class Type>
__device__ inline Type *in_block(Type *pointer, int rank) {
    unsigned long long result;
    asm("mapa.u64 %0, %1, %2;"
        : "=l"(result)
        : "l"(reinterpret_cast<unsigned long long>(pointer)), "r"(rank));
    return reinterpret_cast<Type *>(result);
}

__device__ inline void warp_barrier() { __syncwarp(); }

__device__ inline float of_lane(float value, int lane) {
    return __shfl_sync(0xffffffffu, value, lane);
}

// A number that is the same on all lanes, and that the compiler knows to be so.
__device__ inline int uniform(int value) { return __shfl_sync(0xffffffffu, value, 0); }

__device__ inline float across(float value, int mask) {
    return __shfl_xor_sync(0xffffffffu, value, mask);
}

// Starts a copy from global to shared memory, which is there after `wait_for_copies` and a barrier.
template <class Type>
__device__ inline void start_copy(Type *target, const Type *source) {
    const unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(target));
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(address), "l"(source),
                 "n"(sizeof(Type))
                 : "memory");
}

__device__ inline void wait_for_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

#endif
