// Operations on rows: one number of each sample of a batch, in vectors that the compiler maps to the
// machine's own.
//
// Sums run in a fixed order, so results depend neither on threads nor on chance. No operation may be
// reordered by the compiler (no -ffast-math): rounding and not-a-number rely on it.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

typedef float Vector __attribute__((vector_size(64)));
typedef int32_t Integers __attribute__((vector_size(64)));

constexpr int64_t kLanes = 16;
constexpr int kGroup = 8;  // rows that one loop reads at a time; their sums stay in registers

// The vectors of a row. Rows are padded to whole vectors; what lies in the padding never counts.
struct Span {
    int64_t vectors;  // whole ones
    Integers tail;    // lanes of one more, if any
    bool has_tail;

    explicit Span(int64_t samples) : vectors(samples / kLanes), tail{}, has_tail(samples % kLanes != 0) {
        for (int64_t lane = 0; lane < samples % kLanes; ++lane) tail[lane] = -1;
    }
    int64_t padded() const { return vectors + has_tail; }
};

inline Vector keep(Integers mask, Vector value) { return (Vector)(mask & (Integers)value); }

inline Vector splat(float value) { return value - Vector{}; }

inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }

inline float sum_of_lanes(Vector value) {
    float sums[kLanes];
    std::memcpy(sums, &value, sizeof sums);
    for (int64_t half = kLanes / 2; half; half /= 2)
        for (int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
    return sums[0];
}

// Calls `body(index, filter)` for every vector; `filter` clears the lanes of padding.
template <class Body>
inline void for_each_vector(const Span &span, Body body) {
    for (int64_t index = 0; index < span.vectors; ++index)
        body(index, [](Vector value) { return value; });
    if (span.has_tail) body(span.vectors, [&](Vector value) { return keep(span.tail, value); });
}

// Sum of `body(index, filter)` over all vectors and lanes; four partial sums, since a sum waits for the
// one before it.
template <class Body>
inline float sum_over(const Span &span, Body body) {
    const auto whole = [](Vector value) { return value; };
    Vector sums[4] = {};
    int64_t index = 0;
    for (; index + 4 <= span.vectors; index += 4)
        for (int64_t part = 0; part < 4; ++part) sums[part] += body(index + part, whole);
    for (; index < span.vectors; ++index) sums[0] += body(index, whole);
    if (span.has_tail)
        sums[1] += body(index, [&](Vector value) { return keep(span.tail, value); });
    return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// Rounds half to even, as torch.round does, up to 2^22; larger numbers stay large.
inline Vector rounded(Vector value) {
    constexpr float magic = 12582912.0f;  // 1.5 * 2^23
    return (value + magic) - magic;
}

// e^x for x up to 0, to 1e-7 of its value.
inline Vector exponential(Vector x) {
    x = x < -87.0f ? splat(-87.0f) : x;
    const Vector power = rounded(x * 1.44269504088896341f);
    // ln 2 in two parts, so that the product with the first is exact.
    const Vector rest = (x - power * 0.693359375f) + power * 2.12194440e-4f;
    Vector sum = 1.9875691500e-4f * rest + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    const Integers exponent = (__builtin_convertvector(power, Integers) + 127) << 23;
    return sum * (Vector)exponent;
}

template <int Count>
inline void weighted_sum_of(Vector *out, int64_t vectors, const Vector *const *rows,
                            const float *weights, bool add) {
    const Vector *row[Count];
    Vector weight[Count];
    for (int k = 0; k < Count; ++k) row[k] = rows[k], weight[k] = splat(weights[k]);
    for (int64_t index = 0; index < vectors; ++index) {
        Vector sum = add ? out[index] + row[0][index] * weight[0] : row[0][index] * weight[0];
        for (int k = 1; k < Count; ++k) sum += row[k][index] * weight[k];
        out[index] = sum;
    }
}

template <int Count>
inline void products_of(const Vector *factor, int64_t vectors, const Vector *const *rows,
                        float *sums) {
    const Vector *row[Count];
    Vector sum[Count];
    for (int k = 0; k < Count; ++k) row[k] = rows[k], sum[k] = Vector{};
    for (int64_t index = 0; index < vectors; ++index) {
        const Vector value = factor[index];
        for (int k = 0; k < Count; ++k) sum[k] += row[k][index] * value;
    }
    for (int k = 0; k < Count; ++k) sums[k] = sum_of_lanes(sum[k]);
}

// Calls `body` with the number of rows as a constant: loops of fixed length stay in registers.
template <class Body>
inline void with_count(int64_t count, Body body) {
    switch (count) {
        case 1: return body(std::integral_constant<int, 1>{});
        case 2: return body(std::integral_constant<int, 2>{});
        case 3: return body(std::integral_constant<int, 3>{});
        case 4: return body(std::integral_constant<int, 4>{});
        case 5: return body(std::integral_constant<int, 5>{});
        case 6: return body(std::integral_constant<int, 6>{});
        case 7: return body(std::integral_constant<int, 7>{});
        default: return body(std::integral_constant<int, kGroup>{});
    }
}

// out = sum of rows times weights; zero if there are none.
inline void weighted_sum(Vector *out, int64_t vectors, const Vector *const *rows,
                         const float *weights, int64_t count) {
    if (count == 0) std::memset(out, 0, vectors * sizeof(Vector));
    for (int64_t begin = 0; begin < count; begin += kGroup)
        with_count(count - begin, [&](auto size) {
            weighted_sum_of<size>(out, vectors, rows + begin, weights + begin, begin > 0);
        });
}

// sums[k] = scalar product of `factor` and the k-th row.
inline void products(const Vector *factor, int64_t vectors, const Vector *const *rows,
                     int64_t count, float *sums) {
    for (int64_t begin = 0; begin < count; begin += kGroup)
        with_count(count - begin, [&](auto size) {
            products_of<size>(factor, vectors, rows + begin, sums + begin);
        });
}
