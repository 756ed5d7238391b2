// How fast a trace goes through a breaker: rows of CSV, beside the reading of the same rows and the
// playing of the same calls alone, so that it can be seen what the rest is.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "core/random.hpp"
#include "replay/replay.hpp"
#include "replay/trace.hpp"

namespace tripcurve::bench {
namespace {

constexpr int rows = 2'000'000;

class Text final : public replay::Source {
 public:
  explicit Text(const std::string& text) : text_(text) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const auto count = std::min(buffer.size(), text_.size());
    std::copy_n(text_.begin(), count, buffer.begin());
    text_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view text_;
};

// A row each millisecond; 2 % fail.
std::string rows_of_csv() {
  std::string text = "timestamp,latency_ms,status,path\n";
  Random random(1);
  for (int i = 0; i < rows; ++i) {
    const auto second = i / 1000;
    std::string clock = "2026-11-24T00:00:00.000Z";
    const auto put = [&](std::size_t at, int value, int digits) {
      for (int k = digits - 1; k >= 0; --k, value /= 10) {
        clock[at + static_cast<std::size_t>(k)] = static_cast<char>('0' + value % 10);
      }
    };
    put(11, second / 3600, 2);
    put(14, second / 60 % 60, 2);
    put(17, second % 60, 2);
    put(20, i % 1000, 3);
    text += clock + "," + std::to_string(static_cast<int>(5 + random.unit() * 50)) + "." +
            std::to_string(i % 10) + (random.unit() < 0.02 ? ",503,/pay\n" : ",200,/pay\n");
  }
  return text;
}

replay::Plan one_classic_breaker() {
  const auto breaker = *breaker::parse_choice("classic,failures=5");
  replay::Plan plan;
  plan.settings.push_back({breaker, breaker::usual_rules(breaker.dialect())});
  return plan;
}

template <typename Play>
void read_all(const std::string& csv, Play play) {
  replay::Trace trace(std::make_unique<Text>(csv), {.name = "bench"});
  static_cast<void>(trace.open());
  std::vector<sim::RecordedCall> calls;
  while (*trace.next(calls)) {
    play(calls);
  }
}

template <typename Work>
void print_rate(const char* name, const char* unit, Work work) {
  Repeats rate;
  for (auto& measured : rate) {
    measured = rows / seconds(work) / 1e6;
  }
  print(name, rate, unit);
}

}  // namespace

void bench_replay() {
  const auto csv = rows_of_csv();
  print_rate("replay, lines counted as wc -l does", "M rows/s",
             [&] { keep(std::ranges::count(csv, '\n')); });
  print_rate("replay, CSV read and put in order", "M rows/s",
             [&] { read_all(csv, [](const auto& calls) { keep(calls); }); });
  std::vector<sim::RecordedCall> all;
  read_all(csv, [&](const auto& calls) { all.insert(all.end(), calls.begin(), calls.end()); });
  print_rate("replay, calls through a classic breaker", "M calls/s", [&] {
    replay::Replay replay(one_classic_breaker(), 1);
    replay.begin(0);
    constexpr std::size_t at_once = 4096;
    for (std::size_t i = 0; i < all.size(); i += at_once) {
      replay.play(std::span(all).subspan(i, std::min(at_once, all.size() - i)));
    }
  });
  print_rate("replay, both", "M rows/s", [&] {
    replay::Replay replay(one_classic_breaker(), 1);
    replay.begin(0);
    read_all(csv, [&](const auto& calls) { replay.play(calls); });
  });
}

}  // namespace tripcurve::bench
