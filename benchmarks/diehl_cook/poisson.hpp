// Poisson input: exponential intervals in continuous time, binned to steps of 1 ms; two spikes in one step merge.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

constexpr int INPUTS = 784, STEPS = 250;
constexpr float MAX_RATE = 128.0F;  // Hz at full intensity

// Standard exponential variates: eight xoshiro128++ generators side by side, then -log(u) by a polynomial.
class Exponentials {
 public:
  explicit Exponentials(uint64_t seed) {
    for (auto& word : state_)
      for (auto& lane : word) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);  // splitmix64
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        lane = static_cast<uint32_t>((z ^ (z >> 31)) >> 32);
      }
  }

  float next() {
    if (used_ == SIZE) refill();
    return values_[used_++];
  }

  float uniform() { return std::exp(-next()); }

 private:
  static constexpr int LANES = 8, SIZE = 1024;

  void refill() {
    alignas(32) uint32_t bits[SIZE];
    for (int at = 0; at < SIZE; at += LANES)
      for (int l = 0; l < LANES; ++l) {
        const uint32_t sum = state_[0][l] + state_[3][l], shifted = state_[1][l] << 9;
        bits[at + l] = ((sum << 7) | (sum >> 25)) + state_[0][l];
        state_[2][l] ^= state_[0][l];
        state_[3][l] ^= state_[1][l];
        state_[1][l] ^= state_[2][l];
        state_[0][l] ^= state_[3][l];
        state_[2][l] ^= shifted;
        state_[3][l] = (state_[3][l] << 11) | (state_[3][l] >> 21);
      }
    for (int k = 0; k < SIZE; ++k) {
      const float u = (static_cast<float>(static_cast<int32_t>(bits[k] >> 8)) + 0.5F) * 0x1p-24F;  // in (0, 1]
      const int32_t scaled = __builtin_bit_cast(int32_t, u) - 0x3f3504f3;  // mantissa in [sqrt(1/2), sqrt(2))
      const float exponent = static_cast<float>(scaled >> 23);
      const float f = __builtin_bit_cast(float, (scaled & 0x7fffff) + 0x3f3504f3) - 1.0F;
      float p = 7.0376836292e-2F;  // log(1 + f), coefficients of the Cephes library
      for (const float c : {-1.1514610310e-1F, 1.1676998740e-1F, -1.2420140846e-1F, 1.4249322787e-1F,
                            -1.6668057665e-1F, 2.0000714765e-1F, -2.4999993993e-1F, 3.3333331174e-1F})
        p = p * f + c;
      values_[k] = -(f - 0.5F * f * f + f * f * f * p + exponent * 0.69314718056F);
    }
    used_ = 0;
  }

  alignas(32) uint32_t state_[4][LANES];
  alignas(32) float values_[SIZE];
  int used_ = SIZE;
};

// The input spikes of one sample: for every step the pixels that spike, ascending.
struct Spikes {
  uint16_t pixel[STEPS][INPUTS];
  int count[STEPS];
  int total = 0;

  void encode(const uint8_t* image, Exponentials& random) {
    std::fill(count, count + STEPS, 0);
    total = 0;
    for (int i = 0; i < INPUTS; ++i) {
      if (image[i] == 0) continue;
      const float mean = 1000.0F * 255.0F / (MAX_RATE * static_cast<float>(image[i]));  // ms between spikes
      int previous = -1;
      for (float time = mean * random.next(); time < STEPS; time += mean * random.next()) {
        const int step = static_cast<int>(time);
        if (step != previous) pixel[step][count[step]++] = static_cast<uint16_t>(i), ++total;
        previous = step;
      }
    }
  }
};
