#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "live/terminal.hpp"
#include "live/text.hpp"
#include "report/words.hpp"

namespace tripcurve::live {
namespace {

// A logfmt value: as it is, or in quotes when it is empty or holds what would end or disguise it.
std::string logfmt(std::string_view value) {
  std::string text;
  bool quote = value.empty();
  while (!value.empty()) {
    const auto before = value;
    const auto c = take_code_point(value);
    if (c == '"' || c == '\\') {
      text += '\\';
    }
    if (is_printable(c)) {
      text += before.substr(0, before.size() - value.size());
    } else {
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
    quote = quote || c == ' ' || c == '=' || c == '"' || c == '\\' || !is_printable(c);
  }
  return quote ? '"' + text + '"' : text;
}

// key=value, separated by spaces, one write per line so that lines of several writers do not mix.
class LogLine {
 public:
  LogLine& add(std::string_view key, std::string_view value) {
    text_ += text_.empty() ? "" : " ";
    text_ += key;
    text_ += '=';
    text_ += logfmt(value);
    return *this;
  }
  LogLine& add(std::string_view key, std::uint64_t value) {
    return add(key, std::to_string(value));
  }
  [[nodiscard]] std::string text() const { return text_ + '\n'; }

 private:
  std::string text_;
};

std::string show_time(TimePoint when, int decimals = 3) {
  return fmt::format("{:.{}f}s", to_seconds(when.time_since_epoch()), decimals);
}

// Lines that nobody has read yet, in bytes. In a run, more is left out, and that is said.
constexpr std::size_t most_unread = std::size_t{1} << 20U;

// One line per tick and per event, each complete.
class PlainDisplay final : public Display {
 public:
  PlainDisplay(int fd, Duration interval, Haste haste)
      : outlet_(fd),
        interval_(interval == Duration{} ? std::chrono::seconds(1) : interval),
        haste_(haste) {}

  [[nodiscard]] Duration interval() const override { return interval_; }

  void start(const Scene& scene) override {
    scene_ = scene;
    auto line = event(TimePoint{}, "start");
    if (scene.turn.of > 1) {
      line.add("run", scene.turn.run).add("of", scene.turn.of);
    }
    print(line.add("experiment", scene.title)
              .add("load", scene.load)
              .add("seed", scene.seed)
              .add("target", scene.target)
              .add("breaker", scene.dialect)
              .add("duration", format_duration(scene.timetable.end().time_since_epoch())));
  }

  void phase_began(const Phase& phase) override {
    print(event(phase.begin, "phase")
              .add("phase", phase.name)
              .add("fault", phase.fault ? "yes" : "no"));
  }

  void transition(const load::BreakerEvent& happened) override {
    ENSURE(scene_);
    const auto& [when, from, to, cause] = happened.transition;
    auto line = event(when, "transition");
    line.add("breaker", scene_->breakers.at(happened.breaker))
        .add("from", breaker::name(from))
        .add("to", breaker::name(to))
        .add("cause", cause);
    if (const auto since = report::since_fault(when, scene_->timetable); !since.empty()) {
      line.add("since", since);
    }
    print(line);
  }

  void tick(const report::Tick& tick) override {
    ENSURE(scene_);
    const auto& phases = scene_->timetable.phases();
    // A tick that is a little late still belongs to the phase that most of it lies in.
    const auto middle = tick.begin + (tick.end - tick.begin) / 2;
    const auto response = [](std::optional<Duration> d) { return d ? show_duration(*d) : "-"; };
    const bool whole_tenths = interval_ % std::chrono::milliseconds(100) == Duration{};
    LogLine line;
    line.add("t", show_time(tick.end, whole_tenths ? 1 : 3))
        .add("phase", phases[scene_->timetable.index_at(middle)].name)
        .add("calls", tick.counts.calls)
        .add("sent", tick.counts.sent)
        .add("ok", tick.counts.ok)
        .add("failed", tick.counts.failed())
        .add("timeouts", tick.counts.timeouts)
        .add("fail_fast", tick.counts.fail_fast);
    // What only policies do.
    if (tick.total.full > 0) {
      line.add("full", tick.counts.full);
    }
    if (tick.total.fallback > 0) {
      line.add("fallback", tick.counts.fallback);
    }
    if (tick.total.cached > 0) {
      line.add("cached", tick.counts.cached);
    }
    if (tick.total.queued > 0) {
      line.add("queued", tick.counts.queued)
          .add("drained", tick.counts.drained)
          .add("lost", tick.counts.lost)
          .add("still_queued", tick.total.still_queued());
    }
    line.add("dropped", tick.counts.dropped)
        .add("in_flight", tick.in_flight)
        .add("p50", response(tick.p50))
        .add("p99", response(tick.p99))
        .add("state", states(tick));
    if (tick.limit > 0) {
      line.add("limit", tick.limit);
    }
    if (scene_->beside) {
      add_both(line, tick.total, scene_->beside->total_at(tick.end));
    }
    print(line);
  }

  void note(const std::string& line) override {
    print(LogLine().add("event", "note").add("text", line));
  }

  void finish() override {
    say_left_out();
    outlet_.flush(patience_at_the_end);
  }

 private:
  static LogLine event(TimePoint when, std::string_view kind) {
    return LogLine().add("t", show_time(when)).add("event", kind);
  }

  // Since the start, this run and the other one.
  static void add_both(LogLine& line, const load::Counts& own, const load::Counts& other) {
    line.add("total_ok", own.ok)
        .add("other_ok", other.ok)
        .add("total_failed", own.failed())
        .add("other_failed", other.failed())
        .add("total_sent", own.sent)
        .add("other_sent", other.sent);
  }

  // "open", or "/a:open,/b:closed" when there are several.
  [[nodiscard]] std::string states(const report::Tick& tick) const {
    ENSURE(tick.breakers.size() == scene_->breakers.size());
    if (tick.breakers.size() == 1) {
      return std::string(breaker::name(tick.breakers.front()));
    }
    std::string all;
    for (std::size_t i = 0; i < tick.breakers.size(); ++i) {
      all += all.empty() ? "" : ",";
      all += scene_->breakers[i];
      all += ':';
      all += breaker::name(tick.breakers[i]);
    }
    return all;
  }

  void print(const LogLine& line) {
    (void)outlet_.ready();  // sends what is left of earlier lines
    if (haste_ == Haste::can_wait && outlet_.unsent() > most_unread &&
        !outlet_.flush(Duration::max())) {
      haste_ = Haste::cannot_wait;  // a signal: it is to end
    }
    if (outlet_.unsent() > most_unread) {
      ++left_out_;
      return;
    }
    say_left_out();
    outlet_.put(line.text());
  }

  void say_left_out() {
    if (left_out_ > 0) {
      outlet_.put(LogLine().add("event", "left_out").add("lines", left_out_).text());
      left_out_ = 0;
    }
  }

  Outlet outlet_;
  Duration interval_;
  Haste haste_;
  std::uint64_t left_out_ = 0;  // lines, since the last that was put out
  std::optional<Scene> scene_;
};

}  // namespace

std::unique_ptr<Display> make_plain(int fd, Duration interval, Haste haste) {
  return std::make_unique<PlainDisplay>(fd, interval, haste);
}

}  // namespace tripcurve::live
