// What jitter is for: the study of M. Brooker (AWS Architecture Blog, 2015), in which clients that
// contend for one row retry until all have written it. Waits are tripcurve's, the rest is played
// here: a client reads the row's version and writes it with the next; whoever wrote in between has
// made it fail. Each way through the network takes |N(10, 2)| ms. The published simulator was run
// again with 100 trials for each row of the table.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <optional>
#include <queue>
#include <vector>

#include "client/backoff.hpp"
#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using client::Backoff;
using testing::Approx;

namespace {

struct Message {
  Duration at{};
  std::size_t client = 0;
  bool write = false;
  std::uint64_t version = 0;

  friend bool operator>(const Message& a, const Message& b) { return a.at > b.at; }
};

struct Contention {
  double milliseconds = 0;  // until the last client hears that it has written
  double writes = 0;        // that were tried
};

class Row {
 public:
  Row(const std::optional<Backoff>& backoff, std::size_t clients, Random random)
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
  void arrive(const Message& message) {
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
  void send(Message message, Duration from) {
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
  std::priority_queue<Message, std::vector<Message>, std::greater<>> under_way_;
  std::uint64_t version_ = 0;
  Duration last_{};  // answer to a write that went through
};

Contention mean_of_trials(const std::optional<Backoff>& backoff, std::size_t clients) {
  constexpr std::uint64_t trials = 100;
  Contention sum;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    const auto one = Row(backoff, clients, Random(1).fork(trial)).play();
    sum.milliseconds += one.milliseconds / trials;
    sum.writes += one.writes / trials;
  }
  return sum;
}

// The study doubles before its first wait.
Backoff study_backoff(Backoff::Jitter jitter) {
  return {.growth = Backoff::Growth::exponential, .delay = 10ms, .most = 2s, .jitter = jitter};
}

}  // namespace

TEST_CASE("jitter does to clients who contend for a row what the AWS study says") {
  struct Published {
    const char* name;
    std::optional<Backoff> backoff;
    std::size_t clients;
    double milliseconds;
    double writes;
  };
  const auto exponential = study_backoff(Backoff::Jitter::none);
  const auto equal = study_backoff(Backoff::Jitter::equal);
  const auto full = study_backoff(Backoff::Jitter::full);
  const Backoff decorrelated{.delay = 5ms, .most = 2s, .jitter = Backoff::Jitter::decorrelated};
  for (const auto& [name, backoff, clients, milliseconds, writes] :
       std::vector<Published>{{"none", std::nullopt, 50, 1132, 687},
                              {"exponential", exponential, 50, 36237, 624},
                              {"equal", equal, 50, 4303, 347},
                              {"full", full, 50, 2922, 332},
                              {"decorrelated", decorrelated, 50, 2164, 376},
                              {"none", std::nullopt, 100, 2027, 2421},
                              {"exponential", exponential, 100, 62862, 1853},
                              {"equal", equal, 100, 6658, 812},
                              {"full", full, 100, 4879, 797},
                              {"decorrelated", decorrelated, 100, 4530, 1002},
           {"none", std::nullopt, 190, 3538, 7997},
           {"exponential", exponential, 190, 101357, 5186},
           {"equal", equal, 190, 9487, 1759},
           {"full", full, 190, 7427, 1771},
           {"decorrelated", decorrelated, 190, 7887, 2441}}) {
    INFO(name << " jitter, " << clients << " clients");
    const auto found = mean_of_trials(backoff, clients);
    CHECK(found.milliseconds == Approx(milliseconds).epsilon(0.05));
    CHECK(found.writes == Approx(writes).epsilon(0.05));
  }
}
