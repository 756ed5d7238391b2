#include "cli/job_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cli/signals.hpp"
#include "cli/waiting.hpp"
#include "core/time.hpp"

namespace tripcurve::cli {
namespace {

using Clock = std::chrono::steady_clock;

// " (about 40 s left)", if the rest takes as long as what is done did; nothing while that says
// little.
std::string left_text(double share, Duration spent) {
  constexpr Duration moment = std::chrono::seconds(2);
  constexpr double enough = 0.01;
  if (spent < moment || share < enough || share >= 1) {
    return {};
  }
  const double seconds = to_seconds(spent) * (1 - share) / share;
  const auto [length, unit] = seconds < 100    ? std::pair(1.0, "s")
                              : seconds < 6000 ? std::pair(60.0, "min")
                                               : std::pair(3600.0, "h");
  return fmt::format(" (about {:.0f} {} left)", std::ceil(seconds / length), unit);
}

}  // namespace

std::optional<int> do_jobs(std::size_t count, const std::function<void(std::size_t)>& job,
                           const std::string& doing, Stop& stop,
                           const std::function<double()>& share) {
  constexpr Duration between_looks = std::chrono::milliseconds(100);
  const Signals signals;
  Waiting waiting(doing);
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::atomic<bool> failed{false};
  std::exception_ptr trouble;
  std::mutex mutex;  // guards it
  std::vector<std::jthread> threads;
  for (unsigned i = std::max(1U, std::thread::hardware_concurrency()); i-- > 0;) {
    threads.emplace_back([&] {
      for (auto mine = next++; mine < count; mine = next++) {
        try {
          job(mine);
        } catch (...) {
          const std::lock_guard lock(mutex);
          trouble = trouble ? trouble : std::current_exception();
          next = count;
          failed = true;
        }
        ++done;
      }
    });
  }
  const auto begin = Clock::now();
  std::optional<int> signal;
  while (done < count && !failed && !signal) {
    signal = signals.wait(between_looks);
    const double by_jobs = static_cast<double>(done) / static_cast<double>(count);
    const double now = share ? share() : by_jobs;
    waiting.now(fmt::format("{} {:.0f} %{}", doing, std::floor(100 * now),
                            left_text(now, Clock::now() - begin)));
  }
  next = count;
  if (signal) {
    stop.ask(*signal);
  }
  signals.release();
  threads.clear();
  if (trouble) {
    std::rethrow_exception(trouble);
  }
  return signal;
}

std::optional<int> do_jobs(std::size_t count, const std::function<void(std::size_t)>& job,
                           const std::string& doing) {
  Stop nobody_listens;
  return do_jobs(count, job, doing, nobody_listens);
}

}  // namespace tripcurve::cli
