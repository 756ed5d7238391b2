#include "validate/jitter_study.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <queue>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::validate {
namespace {

using client::Backoff;

struct RowMessage {
  Duration at{};
  std::size_t client = 0;
  bool write = false;
  std::uint64_t version = 0;

  friend bool operator>(const RowMessage& a, const RowMessage& b) { return a.at > b.at; }
};

class ContendedRow {
 public:
  ContendedRow(const std::optional<Backoff>& backoff, std::size_t clients, Random random)
      : backoff_(backoff), random_(random), retries_(clients), memory_(clients) {
    for (std::size_t client = 0; client < clients; ++client) {
      send({.client = client}, Duration{});
    }
  }

  Contention play() {
    Contention contention;
    while (!under_way_.empty()) {
      const auto message = under_way_.top();
      under_way_.pop();
      contention.writes += message.write ? 1 : 0;
      arrive(message);
    }
    contention.milliseconds = to_seconds(last_) * 1e3;
    return contention;
  }

 private:
  void arrive(const RowMessage& message) {
    const auto [now, client, write, version] = message;
    const auto answered = now + network();
    if (!write) {
      send({.client = client, .write = true, .version = version_}, answered);
    } else if (version == version_) {
      ++version_;
      last_ = std::max(last_, answered);
    } else {
      send({.client = client}, answered + wait(client));
    }
  }
  void send(RowMessage message, Duration from) {
    message.at = from + network();
    under_way_.push(message);
  }
  Duration wait(std::size_t client) {
    return backoff_ ? client::wait_before(*backoff_, retries_[client]++, memory_[client],
                                          [&] { return random_.unit(); })
                    : Duration{};
  }
  Duration network() {
    const double normal = std::sqrt(-2 * std::log(1 - random_.unit())) *
                          std::cos(2 * std::numbers::pi * random_.unit());
    return Duration(std::llround(std::abs(10 + 2 * normal) * 1e6));
  }

  std::optional<Backoff> backoff_;
  Random random_;
  std::vector<std::uint32_t> retries_;
  std::vector<double> memory_;
  std::priority_queue<RowMessage, std::vector<RowMessage>, std::greater<>> under_way_;
  std::uint64_t version_ = 0;
  Duration last_{};  // answer to a write that went through
};

}  // namespace

ContentionMean mean_of_contention(const std::optional<Backoff>& backoff, std::size_t clients,
                                  std::uint32_t trials, std::uint64_t seed) {
  std::vector<double> milliseconds;
  std::vector<double> writes;
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    const auto one = ContendedRow(backoff, clients, Random(seed).fork(trial)).play();
    milliseconds.push_back(one.milliseconds);
    writes.push_back(one.writes);
  }
  return {estimate_of(milliseconds), estimate_of(writes)};
}

}  // namespace tripcurve::validate
