#include "cli/waiting.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "live/terminal.hpp"
#include "live/text.hpp"

namespace tripcurve::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto moment = std::chrono::milliseconds(700);  // not worth a line
constexpr auto redrawn = std::chrono::milliseconds(200);

constexpr const char* erase = "\r\x1b[K";

}  // namespace

Waiting::Waiting(std::string for_what) : for_what_(std::move(for_what)) {
  if (live::is_terminal(STDERR_FILENO) && live::moves_its_cursor()) {
    // A signal is for the others, whoever of them waits for it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { show(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
}

void Waiting::now(std::string for_what) {
  const std::lock_guard lock(mutex_);
  for_what_ = std::move(for_what);
}

void Waiting::done() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Waiting::show() {
  const auto begin = Clock::now();
  const auto style = live::style_of_environment();
  live::Outlet outlet(STDERR_FILENO);
  bool shown = false;
  std::unique_lock lock(mutex_);
  for (auto until = begin + moment; !changed_.wait_until(lock, until, [&] { return is_over_; });
       until = Clock::now() + redrawn) {
    if (outlet.ready()) {  // a stopped terminal gets the next one
      const auto spent = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin);
      const auto room = std::max(live::window_size(STDERR_FILENO).columns - 1, 2);
      outlet.put(erase +
                 live::fit(fmt::format("{}, {} s", for_what_, spent.count()), room, style.unicode));
      shown = true;
    }
  }
  if (shown) {
    outlet.put(erase);
    outlet.flush(live::patience_at_the_end);
  }
}

namespace {

class SimulationProgress final : public live::Display {
 public:
  explicit SimulationProgress(Duration length)
      : interval_(std::max<Duration>(length / 100, std::chrono::milliseconds(1))),
        waiting_("simulating") {}

  [[nodiscard]] Duration interval() const override { return interval_; }
  void start(const live::Scene& scene) override {
    length_ = scene.timetable.end().time_since_epoch();
    run_ = scene.turn.text();
    tell({});
  }
  void phase_began(const Phase& /*phase*/) override {}
  void transition(const load::BreakerEvent& /*event*/) override {}
  void tick(const report::Tick& tick) override { tell(tick.end); }
  void note(const std::string& /*line*/) override {}
  void finish() override {}
  void series_over() override { waiting_.done(); }

 private:
  void tell(TimePoint now) {
    const auto percent = std::min<std::int64_t>(100, now.time_since_epoch() / (length_ / 100));
    waiting_.now(fmt::format("simulating{}{}: {} %", run_.empty() ? "" : " ", run_, percent));
  }

  Duration interval_;
  Duration length_{};
  std::string run_;
  Waiting waiting_;
};

}  // namespace

std::unique_ptr<live::Display> make_simulation_progress(Duration length) {
  return std::make_unique<SimulationProgress>(length);
}

}  // namespace tripcurve::cli
