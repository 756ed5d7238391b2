// A trace as calls in the order in which they began, read piece by piece in constant memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "load/breaker_bank.hpp"
#include "replay/format.hpp"
#include "replay/keys.hpp"
#include "replay/lines.hpp"
#include "replay/reorder.hpp"
#include "sim/recording.hpp"

namespace tripcurve::replay {

// What becomes of a row that comes too late to be put in order.
enum class Late : std::uint8_t {
  drop,  // it is left out
  move,  // its call begins as soon as the order allows
  fail,  // nothing is replayed
};

// What becomes of times in whole seconds.
enum class WholeSeconds : std::uint8_t {
  keep,    // calls of one second begin, or end, together
  spread,  // over their second, in the order of their lines, each at a moment that is drawn
};

struct TraceOptions {
  std::string name;  // for messages: the file's
  FormatChoice format{};
  std::optional<Zone> zone{};
  Duration window = std::chrono::minutes(1);  // see Reorder
  Late late = Late::drop;
  WholeSeconds whole_seconds = WholeSeconds::keep;
  std::uint64_t seed = 1;  // of the moments to which they are spread
  double most_bad = 0.05;  // the share of rows that may be bad
  load::BreakerScope scope = load::BreakerScope::client;
  std::uint32_t most_breakers = 1000;
  std::vector<std::string> endpoints{};  // only calls to these; none: all
};

// A line that was left out, and why.
struct LeftOut {
  std::uint64_t line = 0;
  std::string why;
};
struct LeftOuts {
  static constexpr std::size_t most_kept = 5;
  std::uint64_t count = 0;
  std::vector<LeftOut> first{};
  void note(std::uint64_t line, std::string why);
};

// What there is to say of a trace that was read.
struct TraceFacts {
  std::string name;
  std::string format;
  std::string reading;  // which columns were taken for what
  std::uint64_t lines = 0;
  std::uint64_t calls = 0;   // that were replayed
  std::uint64_t others = 0;  // to endpoints that were not asked for
  std::uint64_t empty = 0;   // lines
  std::uint64_t spread = 0;  // over their seconds
  LeftOuts bad{};
  LeftOuts late{};              // left out or moved
  LeftOuts rejected{};          // never sent: the trace was taken behind a breaker
  LeftOuts resets{};            // of counters
  std::uint64_t moved = 0;      // did not stand in the order in which the calls began
  std::uint64_t ambiguous = 0;  // local times that come twice
  bool tells_latency = true;
  bool has_fractions = true;  // of seconds, in its times
  bool was_full = false;      // see Reorder
  EpochTime begin = 0;        // when the first call began
  EpochTime end = 0;          // and the last
  std::optional<Zone> zone{};
  [[nodiscard]] Duration length() const { return Duration(end - begin); }
};

class Trace {
 public:
  Trace(std::unique_ptr<Source> source, TraceOptions options);

  // Reads the first lines, to find out the format. Before anything else.
  [[nodiscard]] std::optional<Error> open();

  // Some more calls, at least one; none at the end. Times count from when the first call began.
  [[nodiscard]] Result<bool> next(std::vector<sim::RecordedCall>& calls);

  [[nodiscard]] const Keys& keys() const { return *keys_; }
  [[nodiscard]] TraceFacts facts() const;

 private:
  [[nodiscard]] std::optional<Error> read_some();
  [[nodiscard]] std::optional<Error> read_line(std::string_view line);
  [[nodiscard]] std::optional<Error> take(const Fields& fields);
  [[nodiscard]] std::optional<Error> spread(const Fields& fields, std::uint32_t key);
  // Holds a line of a second back until all of that second that stand together are there.
  [[nodiscard]] std::optional<Error> gather(const Row& row, EpochTime time);
  [[nodiscard]] std::optional<Error> spread_gathered();
  [[nodiscard]] std::optional<Error> arrange(const Row& row, std::uint64_t line);
  [[nodiscard]] std::optional<Error> judge_leap(const Row* next);
  [[nodiscard]] std::optional<Error> put_in_order(Row row, std::uint64_t line);
  [[nodiscard]] std::optional<Error> too_many_bad() const;
  [[nodiscard]] bool is_asked_for(std::string_view endpoint) const;
  [[nodiscard]] Error at_line(const std::string& what, std::string hint) const;

  TraceOptions options_;
  Lines lines_;
  Opened opened_{};
  std::optional<Keys> keys_;
  // A row far ahead of all others, until the next one says whether time has gone on or the row is
  // wrong: one wrong time would make all that follow late.
  struct Leap {
    Row row;
    std::uint64_t line = 0;
  };

  struct Gathered {
    Row row;
    std::uint64_t line = 0;
  };

  Reorder reorder_;
  std::vector<Gathered> gathered_;  // of one second
  EpochTime second_ = 0;            // which it is
  std::optional<Leap> leap_;
  TraceFacts facts_;
  bool is_over_ = false;
  bool has_begun_ = false;
};

}  // namespace tripcurve::replay
