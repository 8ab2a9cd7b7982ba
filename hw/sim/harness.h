// What both harnesses share: files of vectors and results, threads, and random numbers.
//
//   simulator VECTORS RESULTS [SEED]
//
// Both files: 8 bytes magic, 64 characters netlist digest, the number of vectors, the number of
// 64-bit words per vector (both 64-bit), then the vectors, lowest bit first. All little endian.
//
// Ends with 0, or with 1 and one sentence on standard error.

#ifndef LOGICJSC_HARNESS_H
#define LOGICJSC_HARNESS_H

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "circuit.h"

// Drives one circuit with ``count`` vectors; each harness has its own. ``disturb`` asks for the
// pauses that its protocol allows.
void simulate(const std::uint64_t* vectors, std::uint64_t count, bool disturb, std::uint64_t seed,
              std::uint64_t* results);

namespace {

constexpr char kVectorMagic[] = "LJSCVEC1";
constexpr char kResultMagic[] = "LJSCRES1";
constexpr std::size_t kMagicBytes = 8;
constexpr std::size_t kDigestBytes = 64;
constexpr std::uint64_t kVectorsPerThread = 50000;  // fewer are not worth another thread
const std::size_t kInWords = (kShape.in_bits + 63) / 64;
const std::size_t kOutWords = (kShape.out_bits + 63) / 64;
const std::size_t kBeatBits = kShape.in_bits / kShape.beats;
const std::size_t kInPortWords = (kShape.in_port_bits + 63) / 64;
const std::size_t kOutPortWords = (kShape.out_port_bits + 63) / 64;

[[noreturn]] void fail(const std::string& sentence) {
  static std::mutex first;  // never unlocked: one sentence, from whichever thread fails first
  first.lock();
  std::fprintf(stderr, "error: %s\n", sentence.c_str());
  std::_Exit(1);
}

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

File open_file(const char* path, const char* mode) {
  File file(std::fopen(path, mode));
  if (!file) fail(std::string("cannot open ") + path);
  return file;
}

void read_exactly(std::FILE* file, void* target, std::size_t bytes) {
  if (std::fread(target, 1, bytes, file) != bytes) fail("the vector file is too short");
}

std::vector<std::uint64_t> read_vectors(const char* path, std::uint64_t& count) {
  const File file = open_file(path, "rb");
  char magic[kMagicBytes];
  char digest[kDigestBytes];
  std::uint64_t words = 0;
  read_exactly(file.get(), magic, sizeof magic);
  if (std::memcmp(magic, kVectorMagic, kMagicBytes) != 0) fail("this is not a vector file");
  read_exactly(file.get(), digest, sizeof digest);
  if (std::memcmp(digest, kShape.digest, kDigestBytes) != 0) {
    fail("the vectors belong to netlist " + std::string(digest, 12) + ", the Verilog to " +
         std::string(kShape.digest, 12));
  }
  read_exactly(file.get(), &count, sizeof count);
  read_exactly(file.get(), &words, sizeof words);
  if (words != kInWords) {
    fail("the vectors have " + std::to_string(words) + " words, the circuit expects " +
         std::to_string(kInWords));
  }
  if (count == 0) fail("the vector file is empty, so nothing would be checked");
  std::vector<std::uint64_t> vectors(count * kInWords);
  read_exactly(file.get(), vectors.data(), vectors.size() * sizeof vectors[0]);
  if (std::fgetc(file.get()) != EOF) fail("the vector file is too long");
  return vectors;
}

void write_results(const char* path, const std::vector<std::uint64_t>& results,
                   std::uint64_t count) {
  File file = open_file(path, "wb");
  const std::uint64_t words = kOutWords;
  std::size_t written = std::fwrite(kResultMagic, 1, kMagicBytes, file.get());
  written += std::fwrite(kShape.digest, 1, kDigestBytes, file.get());
  written += std::fwrite(&count, 1, sizeof count, file.get());
  written += std::fwrite(&words, 1, sizeof words, file.get());
  const std::size_t bytes = results.size() * sizeof results[0];
  written += std::fwrite(results.data(), 1, bytes, file.get());
  const bool closed = std::fclose(file.release()) == 0;
  if (!closed || written != kMagicBytes + kDigestBytes + 16 + bytes) {
    fail(std::string("cannot write ") + path);
  }
}

// xorshift64: the garbage only has to differ from run to run of the seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_((seed + 1) * 0x9E3779B97F4A7C15u | 1) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  std::uint64_t state_;
};

// Pauses of one side: stretches with a rate of their own, from never to always.
class Pauses {
 public:
  Pauses(bool wanted, std::uint64_t seed) : wanted_(wanted), random_(seed) {}
  bool next() {
    if (!wanted_) return false;
    if (left_ == 0) {
      const std::uint64_t drawn = random_.next() >> 32;
      left_ = 1 + drawn % 40;
      rate_ = (drawn >> 8) % 5;
    }
    --left_;
    return (random_.next() >> 32) % 4 < rate_;
  }

 private:
  bool wanted_;
  Random random_;
  std::uint64_t left_ = 0;
  std::uint64_t rate_ = 0;
};

// The lowest bits of a word count only; 0 for a whole number of words.
std::uint64_t mask(std::size_t bits) {
  return bits % 64 == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << (bits % 64)) - 1;
}

// So many bits of a vector of so many words, from a place on, as a vector of their own.
void cut(const std::uint64_t* vector, std::size_t words, std::size_t first, std::size_t bits,
         std::uint64_t* target) {
  const std::size_t needed = (bits + 63) / 64;
  for (std::size_t word = 0; word < needed; ++word) {
    const std::size_t place = first / 64 + word, shift = first % 64;
    target[word] = vector[place] >> shift;
    if (shift != 0 && place + 1 < words) target[word] |= vector[place + 1] << (64 - shift);
  }
  target[needed - 1] &= mask(bits);
}

// A port takes its bits from the beginning of some words, and gives them there.
void put_words(const Port& port, const std::uint64_t* words) {
  std::memcpy(port.data, words, port.bytes);
}

void get_words(const Port& port, std::uint64_t* words) {
  std::memcpy(words, port.data, port.bytes);
}

// A beat of a vector; what the port has above it is garbage.
void put(const Circuit& circuit, const std::uint64_t* vector, std::size_t beat, Random& random) {
  if (kShape.beats == 1 && kShape.in_port_bits == kBeatBits) {
    put_words(circuit.in, vector);
    return;
  }
  static thread_local std::vector<std::uint64_t> words(kInPortWords);
  cut(vector, kInWords, beat * kBeatBits, kBeatBits, words.data());
  if (kShape.in_port_bits > kBeatBits) {
    // Padding is less than a byte, so it lies in the last word of the beat.
    words.back() |= random.next() & ~mask(kBeatBits);
    words.back() &= mask(kShape.in_port_bits);
  }
  put_words(circuit.in, words.data());
}

void put_garbage(const Circuit& circuit, Random& random) {
  static thread_local std::vector<std::uint64_t> words(kInPortWords);
  for (std::uint64_t& word : words) word = random.next();
  words.back() &= mask(kShape.in_port_bits);
  put_words(circuit.in, words.data());
}

// All that the output port holds.
std::vector<std::uint64_t> output_of(const Circuit& circuit) {
  std::vector<std::uint64_t> words(kOutPortWords);
  get_words(circuit.out, words.data());
  return words;
}

// A result of a batch, into a place among all results.
void take(const std::vector<std::uint64_t>& output, std::size_t place, std::uint64_t* result) {
  cut(output.data(), kOutPortWords, place * kShape.stride, kShape.out_bits, result);
}

void simulate_all(const std::vector<std::uint64_t>& vectors, std::uint64_t count, bool disturb,
                  std::uint64_t seed, std::vector<std::uint64_t>& results) {
  const std::uint64_t most = std::max(1u, std::thread::hardware_concurrency());
  const std::uint64_t parts = std::min(most, 1 + count / kVectorsPerThread);
  std::vector<std::thread> threads;
  for (std::uint64_t part = 0; part < parts; ++part) {
    const std::uint64_t begin = count * part / parts;
    const std::uint64_t end = count * (part + 1) / parts;
    threads.emplace_back(simulate, &vectors[begin * kInWords], end - begin, disturb, seed + part,
                         &results[begin * kOutWords]);
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) fail("usage: simulator VECTORS RESULTS [SEED]");
  const std::uint64_t seed = argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 0;
  std::uint64_t count = 0;
  const std::vector<std::uint64_t> vectors = read_vectors(argv[1], count);
  std::vector<std::uint64_t> results(count * kOutWords);
  simulate_all(vectors, count, argc == 4, seed, results);
  write_results(argv[2], results, count);
  return 0;
}

#endif  // LOGICJSC_HARNESS_H
