// Train the network of `network.hpp` on images from a file and print one JSON record per repetition.
//
// g++ -std=c++17 -O3 -march=native -ffp-contract=off -pthread -o loop loop.cpp
//
// Usage: loop IMAGES.raw COUNT NEURONS IMAGES WARM_UP REPETITIONS THREADS [wait | dump=FOLDER]
//   IMAGES.raw holds COUNT x 784 bytes; each repetition trains on the next IMAGES of them, in a circle.
//   wait: say when the warm-up is over; then a repetition starts when a line arrives on standard input.
//   dump: train on IMAGES samples and write what `check_loop.py` needs to repeat the run.

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>

#include "network.hpp"

namespace {

std::vector<uint8_t> read_images(const std::string& path, size_t count) {
  std::vector<uint8_t> images(count * INPUTS);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(images.data()), static_cast<std::streamsize>(images.size()))) {
    std::fprintf(stderr, "cannot read %zu images of %d bytes from %s\n", count, INPUTS, path.c_str());
    std::exit(2);
  }
  return images;
}

template <class T>
void dump(const std::string& folder, const char* name, const std::vector<T>& values) {
  std::ofstream(folder + "/" + name, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

// One sample after another with everything that a second implementation needs to repeat the run bit by bit.
void dump_run(Network& network, const std::vector<uint8_t>& images, int count, const std::string& folder) {
  dump(folder, "weights_before.f32", network.w);
  std::vector<int32_t> events;  // (sample, step, pixel) triples
  for (int s = 0; s < count; ++s) {
    network.train(&images[static_cast<size_t>(s) * INPUTS]);
    for (int t = 0; t < STEPS; ++t)
      for (int k = 0; k < network.spikes.count[t]; ++k) events.insert(events.end(), {s, t, network.spikes.pixel[t][k]});
  }
  dump(folder, "events.i32", events);
  dump(folder, "weights_after.f32", network.w);
  dump(folder, "theta_after.f32", network.theta);
}

void print_record(const Counters& c, int neurons, int threads, int images, double seconds, double cpu_seconds) {
  std::printf(
      "{\"library\": \"C++\", \"neurons\": %d, \"batch_size\": 1, \"threads\": %d, \"images\": %d, \"seconds\": %.6f, "
      "\"cpu_seconds\": %.6f, \"images_per_second\": %.3f, \"versions\": {\"compiler\": \"g++ %s\"}, "
      "\"counters\": {\"samples\": %lld, \"spikes\": {\"X\": %lld, \"Ae\": %lld, \"Ai\": %lld}, "
      "\"crossings\": {\"Ae\": %lld}, \"updates\": {\"Ae\": %lld, \"Ai\": %lld}, "
      "\"events\": {\"X-Ae\": %lld, \"Ae-Ai\": %lld, \"Ai-Ae\": %lld}, "
      "\"updates_on_pre\": %lld, \"updates_on_post\": %lld, \"normalised\": %lld}}\n",
      neurons, threads, images, seconds, cpu_seconds, images / seconds, __VERSION__, c.samples,
      c.x_spikes, c.ae_spikes, c.ai_spikes, c.ae_crossings, c.ae_updates, c.ai_updates, c.x_ae_events, c.ae_ai_events,
      c.ai_ae_events, c.on_pre, c.on_post, c.normalised);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) {
    std::fprintf(stderr, "usage: loop IMAGES.raw COUNT NEURONS IMAGES WARM_UP REPETITIONS THREADS [wait | dump=FOLDER]\n");
    return 2;
  }
  const int count = std::stoi(argv[2]), neurons = std::stoi(argv[3]), images = std::stoi(argv[4]);
  const int warm_up = std::stoi(argv[5]), repetitions = std::stoi(argv[6]), threads = std::stoi(argv[7]);
  const std::string option = argc > 8 ? argv[8] : "";
  const std::vector<uint8_t> data = read_images(argv[1], static_cast<size_t>(count));
  Network network(neurons, threads, 0);
  if (option.rfind("dump=", 0) == 0) return dump_run(network, data, images, option.substr(5)), 0;
  size_t next = 0;
  const auto train = [&](int samples) {
    for (int s = 0; s < samples; ++s) network.train(&data[next++ % static_cast<size_t>(count) * INPUTS]);
  };
  train(warm_up);
  if (option == "wait") std::puts("{\"ready\": true}"), std::fflush(stdout);
  for (int r = 0; r < repetitions; ++r) {
    std::string line;
    if (option == "wait" && !std::getline(std::cin, line)) break;
    network.counters = Counters{};
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();  // of all threads
    train(images);
    const double cpu_seconds = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    print_record(network.counters, neurons, threads, images, seconds.count(), cpu_seconds);
  }
  return 0;
}
