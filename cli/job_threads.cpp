#include "cli/job_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/signals.hpp"
#include "cli/waiting.hpp"

namespace tripcurve::cli {

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
  std::optional<int> signal;
  while (done < count && !failed && !signal) {
    signal = signals.wait(between_looks);
    const double by_jobs = static_cast<double>(done) / static_cast<double>(count);
    waiting.now(fmt::format("{} {:.0f} %", doing, std::floor(100 * (share ? share() : by_jobs))));
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
