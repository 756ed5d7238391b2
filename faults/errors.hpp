// Which requests the upstream does not serve properly, and what it does to them instead: a weighted
// list that is drawn from once per request, written
//
//   5%                                          503 to 5 % of requests
//   500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%  each its share; the rest is served
//   200:30%@2s..3s,503:10%@0ms                   each with a latency of its own, else the
//   upstream's refuse                                      the port is closed: nobody gets a
//   connection 0%  or  none                                every request is served
//
// A value, immutable after parsing, safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/units.hpp"
#include "faults/latency.hpp"

namespace tripcurve::faults {

// What happens to one request in the end.
enum class Fate : std::uint8_t {
  answer,  // a complete HTTP response, whatever its status
  reset,   // the connection is reset: a real RST
  empty,   // the connection is closed without an answer (FIN)
  hang,    // nothing, until the client gives up
};

// "503" for an answer with that status, "reset", "empty", "hang".
[[nodiscard]] std::string kind(Fate fate, std::uint16_t status);

struct ErrorItem {
  Fate fate = Fate::answer;
  std::uint16_t status = 503;  // for Fate::answer
  Share share;
  std::optional<Latency> latency{};  // in place of the behaviour's

  [[nodiscard]] std::string kind() const { return faults::kind(fate, status); }
  friend bool operator==(const ErrorItem&, const ErrorItem&) = default;
};

class Errors {
 public:
  // Every request is served.
  Errors() = default;

  // Index of the item that the draw `u` in [0, 1) hits; items().size() when it hits none.
  [[nodiscard]] std::size_t pick(double u) const {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (u < cumulative_[i]) {
        return i;
      }
    }
    return items_.size();
  }

  [[nodiscard]] std::span<const ErrorItem> items() const { return items_; }

  // The port is closed; items() is empty then.
  [[nodiscard]] bool refuse() const { return refuse_; }

  // The share of requests that are not served, 1 for refuse.
  [[nodiscard]] double total() const;

  // The text form; parsing it gives equal errors. "none" when every request is served.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Errors&, const Errors&) = default;
  friend Result<Errors> parse_errors_with(std::string_view text, const ReadRecorded* files);

 private:
  std::vector<ErrorItem> items_;
  std::vector<double> cumulative_;
  bool refuse_ = false;
};

// Refuses: a share without %, a sum above 100 %, an unknown kind (did you mean), the same kind
// twice, a status outside 200-599, `refuse` with a share other than 100 % or beside other items (a
// port is open or closed, for everybody), a latency of what never answers (hang), and whatever
// parse_latency refuses.
[[nodiscard]] Result<Errors> parse_errors(std::string_view text);

// The same where latencies may name files, which `files` reads; null: they may not.
[[nodiscard]] Result<Errors> parse_errors_with(std::string_view text, const ReadRecorded* files);

}  // namespace tripcurve::faults
