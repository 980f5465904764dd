// Diehl & Cook (2015) STDP training, written by hand for one machine: what a C++ programmer gets without a library.
//
// Populations: X (784 Poisson inputs), Ae (N excitatory, adaptive threshold, one spike per step), Ai (N inhibitory).
// Every spike arrives one step later. Each 1 ms step:
//   1. Ae receives W[i, :] of every input spike i, in ascending order, then -inh for every Ai spike but its own;
//      Ai[j] receives 22.5 if Ae[j] was emitted.
//   2. v := rest + (v - rest) exp(-dt / tau), plus the input where the neuron is not refractory.
//   3. Of the Ae neurons with v >= -52 + theta, the one with the highest excess is emitted (the lowest index on ties);
//      all of them are reset and refractory, and their theta grows by 0.05.
//   4. Traces decay by exp(-1 / 20) and are 1 where a spike was emitted.
//   5. Each input spike i: W[i, j] -= 1e-4 x_post[j]; then each emitted j: W[i, j] += 1e-2 x_pre[i]; within [0, 1].
// At a sample's end the columns that learned are rescaled to the sum 78.4, and theta decays by exp(-T / 1e7).
//
// Why it is fast, without changing one bit of the result:
//   - within a sample only the columns of neurons that were emitted change. They move into a small matrix; the input
//     of all others is computed ahead for the whole sample, block by block, from rows packed into the cache;
//   - a trace is a table look-up by the time since the spike; Ai neurons that were never excited stay at rest, so
//     they are skipped; refractory neurons are a short list, so the dense loop over Ae has no branch.
//
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "poisson.hpp"

constexpr int BLOCK = 64, LANES = 8;  // columns summed in registers at a time; floats in a register
constexpr float REST_E = -65.0F, RESET_E = -60.0F, THRESHOLD_E = -52.0F, THETA_PLUS = 0.05F;
constexpr float REST_I = -60.0F, RESET_I = -45.0F, THRESHOLD_I = -40.0F, EXCITATION = 22.5F, INHIBITION = 120.0F;
constexpr int REFRACTORY_E = 5, REFRACTORY_I = 2;
constexpr float NU_PRE = 1e-4F, NU_POST = 1e-2F, NORM = 78.4F;

using Vector = float __attribute__((vector_size(LANES * sizeof(float))));

inline Vector load(const float* from) {
  Vector value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

struct Counters {
  long long samples = 0, x_spikes = 0, ae_spikes = 0, ae_crossings = 0, ai_spikes = 0, ae_updates = 0, ai_updates = 0;
  long long x_ae_events = 0, ae_ai_events = 0, ai_ae_events = 0, on_pre = 0, on_post = 0, normalised = 0;
};

// The columns of W whose neurons were emitted in this sample, side by side, and their traces.
struct Learners {
  int size = 0, stride = 0;
  std::vector<float> weight, trace, change, input;  // weight is [INPUTS][stride]
  std::vector<int> neuron;

  void clear() {
    size = 0;
    neuron.clear();
    std::fill(trace.begin(), trace.end(), 0.0F);
  }

  int add(int j, const float* w, int neurons) {
    if (size == stride) grow();
    for (int i = 0; i < INPUTS; ++i) weight[i * stride + size] = w[static_cast<size_t>(i) * neurons + j];
    neuron.push_back(j);
    return size++;
  }

  int used() const { return (size + LANES - 1) / LANES * LANES; }

 private:
  void grow() {
    const int wider = stride == 0 ? 16 : 2 * stride;
    std::vector<float> wide(static_cast<size_t>(INPUTS) * wider);
    for (int i = 0; i < INPUTS; ++i) std::copy_n(weight.begin() + i * stride, stride, wide.begin() + i * wider);
    weight.swap(wide);
    for (auto* row : {&trace, &change, &input}) row->resize(wider, 0.0F);
    stride = wider;
  }
};

class Network {
 public:
  Network(int neurons, int threads, uint64_t seed)
      : n(neurons), padded((neurons + BLOCK - 1) / BLOCK * BLOCK), w(static_cast<size_t>(INPUTS) * neurons),
        theta(neurons), v_(padded), threshold_(padded, 1e30F), current_(static_cast<size_t>(STEPS) * padded),
        packed_(threads, std::vector<float>(INPUTS * BLOCK)), random_(seed) {
    for (auto& value : w) value = 0.3F * random_.uniform();
    for (int j = 0; j < n; ++j) {
      double sum = 0.0;
      for (int i = 0; i < INPUTS; ++i) sum += w[static_cast<size_t>(i) * n + j];
      for (int i = 0; i < INPUTS; ++i) w[static_cast<size_t>(i) * n + j] *= static_cast<float>(NORM / sum);
    }
    decayed_[0] = 1.0F;
    for (int k = 0; k < STEPS; ++k) decayed_[k + 1] = decayed_[k] * trace_decay_;
  }

  void train(const uint8_t* image) {
    spikes.encode(image, random_);
    inputs_ahead();
    std::fill(v_.begin(), v_.end(), REST_E);
    for (int j = 0; j < n; ++j) threshold_[j] = THRESHOLD_E + theta[j];
    for (auto* list : {&seen_, &refractory_, &until_, &ai_spikes_}) list->clear();
    ai_.clear();
    learners_.clear();
    std::fill(last_, last_ + INPUTS, -1);
    slot_.assign(n, -1);
    emitted_ = -1;
    for (int t = 0; t < STEPS; ++t) step(t);
    finish();
  }

  const int n, padded;
  std::vector<float> w, theta;  // W is [INPUTS][n]
  Spikes spikes;
  Counters counters;

 private:
  struct Inhibitory { int neuron, refractory; float v; };

  // current_[t] := the input of step t from the weights of the sample's start, for all neurons.
  void inputs_ahead() {
    int place[INPUTS];  // of a pixel's row among the packed rows
    std::fill(place, place + INPUTS, -1);
    rows_.clear();
    places_.clear();
    for (int t = 0; t < STEPS; ++t)
      for (int k = 0; k < spikes.count[t]; ++k) {
        int& row = place[spikes.pixel[t][k]];
        if (row < 0) row = static_cast<int>(rows_.size()), rows_.push_back(spikes.pixel[t][k]);
        places_.push_back(static_cast<uint16_t>(row));
      }
    std::vector<std::thread> others;
    for (size_t part = 1; part < packed_.size(); ++part) others.emplace_back([this, part] { inputs_of_part(part); });
    inputs_of_part(0);
    for (auto& other : others) other.join();
  }

  void inputs_of_part(size_t part) {
    const size_t blocks = static_cast<size_t>(padded / BLOCK), parts = packed_.size();
    for (size_t block = blocks * part / parts; block < blocks * (part + 1) / parts; ++block)
      inputs_of_block(static_cast<int>(block) * BLOCK, packed_[part].data());
  }

  void inputs_of_block(int begin, float* packed) {
    const int width = std::min(BLOCK, n - begin);
    for (size_t r = 0; r < rows_.size(); ++r)
      std::copy_n(&w[static_cast<size_t>(rows_[r]) * n + begin], width, packed + r * BLOCK);
    const uint16_t* place = places_.data();
    for (int t = 1; t < STEPS; ++t) {
      Vector sum[BLOCK / LANES] = {};
      for (int k = 0; k < spikes.count[t - 1]; ++k, ++place)
        for (int j = 0; j < BLOCK / LANES; ++j) sum[j] += load(packed + *place * BLOCK + j * LANES);
      std::memcpy(&current_[static_cast<size_t>(t) * padded + begin], sum, sizeof(sum));
    }
  }

  void step(int t) {
    float* current = &current_[static_cast<size_t>(t) * padded];
    if (t > 0) inputs_of_learners(t - 1, current);
    const int inhibitors = static_cast<int>(ai_spikes_.size());
    counters.ae_ai_events += emitted_ >= 0;
    counters.ai_ae_events += static_cast<long long>(inhibitors) * (n - 1);
    integrate_ae(t, current, inhibitors);
    integrate_ai();
    learn(t);
  }

  // Learning changed the columns of the learners: their input comes from the small matrix.
  void inputs_of_learners(int t, float* current) {
    counters.x_ae_events += static_cast<long long>(spikes.count[t]) * n;
    const int width = learners_.used();
    float* __restrict input = learners_.input.data();
    std::fill_n(input, width, 0.0F);
    for (int k = 0; k < spikes.count[t]; ++k) {
      const float* row = &learners_.weight[spikes.pixel[t][k] * learners_.stride];
      for (int a = 0; a < width; ++a) input[a] += row[a];
    }
    for (int a = 0; a < learners_.size; ++a) current[learners_.neuron[a]] = input[a];
  }

  static float decay_of(double tau) { return static_cast<float>(std::exp(-1.0 / tau)); }

  static float decay(float v, float rest, float factor) { return rest + (v - rest) * factor; }

  void integrate_ae(int t, const float* __restrict current, int inhibitors) {
    const float factor = decay_e_, inhibition = INHIBITION * static_cast<float>(inhibitors);
    special_.clear();  // neurons that the dense loop below would treat wrongly
    for (const int j : ai_spikes_) {
      const float own = INHIBITION * static_cast<float>(inhibitors - 1);
      special_.push_back({j, decay(v_[j], REST_E, factor) + (current[j] - own)});
    }
    size_t kept = 0;
    for (size_t k = 0; k < refractory_.size(); ++k) {
      if (until_[k] < t) continue;
      special_.push_back({refractory_[k], decay(v_[refractory_[k]], REST_E, factor)});
      refractory_[kept] = refractory_[k];
      until_[kept++] = until_[k];
    }
    refractory_.resize(kept);
    until_.resize(kept);
    float* __restrict v = v_.data();
    const float* __restrict threshold = threshold_.data();
    for (int j = 0; j < padded; ++j) v[j] = REST_E + (v[j] - REST_E) * factor + (current[j] - inhibition);
    for (const auto& [j, value] : special_) v[j] = value;
    int crossed = 0;
    for (int j = 0; j < padded; ++j) crossed |= v[j] >= threshold[j];
    emitted_now_ = -1;
    if (crossed != 0) select(t);
    counters.ae_updates += n;
  }

  void select(int t) {
    float highest = -1.0F;
    for (int j = 0; j < n; ++j) {
      const float excess = v_[j] - threshold_[j];
      if (!(excess >= 0.0F)) continue;
      if (excess > highest) highest = excess, emitted_now_ = j;
      v_[j] = RESET_E;
      refractory_.push_back(j);
      until_.push_back(t + REFRACTORY_E);
      theta[j] += THETA_PLUS;
      threshold_[j] = THRESHOLD_E + theta[j];
      ++counters.ae_crossings;
    }
    ++counters.ae_spikes;
  }

  void integrate_ai() {
    if (emitted_ >= 0 && std::none_of(ai_.begin(), ai_.end(), [&](const auto& x) { return x.neuron == emitted_; }))
      ai_.push_back({emitted_, 0, REST_I});
    ai_spikes_.clear();
    for (auto& x : ai_) {
      x.v = decay(x.v, REST_I, decay_i_);
      if (x.refractory == 0 && x.neuron == emitted_) x.v += EXCITATION;
      x.refractory -= x.refractory > 0;
      if (x.v < THRESHOLD_I) continue;
      x.v = RESET_I;
      x.refractory = REFRACTORY_I;
      ai_spikes_.push_back(x.neuron);
    }
    counters.ai_spikes += static_cast<long long>(ai_spikes_.size());
    counters.ai_updates += n;
  }

  void learn(int t) {
    emitted_ = emitted_now_;
    for (int k = 0; k < spikes.count[t]; ++k) {
      const int i = spikes.pixel[t][k];
      if (last_[i] < 0) seen_.push_back(i);
      last_[i] = t;
    }
    if (emitted_ >= 0 && slot_[emitted_] < 0) slot_[emitted_] = learners_.add(emitted_, w.data(), n);
    const int width = learners_.used(), stride = learners_.stride;
    for (int a = 0; a < width; ++a) learners_.trace[a] *= trace_decay_;
    if (emitted_ >= 0) learners_.trace[slot_[emitted_]] = 1.0F;
    float* __restrict change = learners_.change.data();
    for (int a = 0; a < width; ++a) change[a] = NU_PRE * learners_.trace[a];
    for (int k = 0; k < spikes.count[t]; ++k) {
      float* __restrict row = &learners_.weight[spikes.pixel[t][k] * stride];
      for (int a = 0; a < width; ++a) row[a] = std::max(0.0F, row[a] - change[a]);
    }
    counters.on_pre += static_cast<long long>(spikes.count[t]) * learners_.size;
    if (emitted_ < 0) return;
    for (const int i : seen_) {
      float& weight = learners_.weight[i * stride + slot_[emitted_]];
      weight = std::min(1.0F, weight + NU_POST * decayed_[t - last_[i]]);
    }
    counters.on_post += static_cast<long long>(seen_.size());
  }

  void finish() {
    std::vector<double> sum(learners_.stride, 0.0);
    std::vector<float> factor(learners_.stride);
    for (int i = 0; i < INPUTS; ++i)
      for (int a = 0; a < learners_.size; ++a) sum[a] += learners_.weight[i * learners_.stride + a];
    for (int a = 0; a < learners_.size; ++a) factor[a] = static_cast<float>(NORM / sum[a]);
    for (int i = 0; i < INPUTS; ++i)
      for (int a = 0; a < learners_.size; ++a)
        w[static_cast<size_t>(i) * n + learners_.neuron[a]] = learners_.weight[i * learners_.stride + a] * factor[a];
    for (auto& value : theta) value *= theta_decay_;
    counters.normalised += static_cast<long long>(INPUTS) * learners_.size;
    counters.x_spikes += spikes.total;
    ++counters.samples;
  }

  std::vector<float> v_, threshold_, current_;
  std::vector<std::vector<float>> packed_;  // one scratch matrix [INPUTS][BLOCK] per thread
  Exponentials random_;
  Learners learners_;
  std::vector<uint16_t> places_;
  std::vector<int> rows_, seen_, refractory_, until_, ai_spikes_, slot_;
  std::vector<Inhibitory> ai_;
  std::vector<std::pair<int, float>> special_;
  int last_[INPUTS], emitted_ = -1, emitted_now_ = -1;
  float decayed_[STEPS + 1];  // a trace by the steps since its spike
  const float decay_e_ = decay_of(100.0), decay_i_ = decay_of(10.0), trace_decay_ = decay_of(20.0);
  const float theta_decay_ = static_cast<float>(std::exp(-STEPS / 1e7));
};
