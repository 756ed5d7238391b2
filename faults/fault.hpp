// A fault as it is written: a kind with its parameters, such as reset, 503(retry-after=2s) or
// truncate(at=50%). And what it makes of one exchange: a request and its answer.
//
// The kinds are open: each is a file in kinds/, and registry.hpp lists them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/http.hpp"
#include "core/result.hpp"
#include "faults/delivery.hpp"
#include "faults/opening.hpp"

namespace tripcurve::faults {

// What happens to one request in the end.
enum class Fate : std::uint8_t {
  answer,  // an HTTP response, whatever its status, delivered as a Delivery says
  reset,   // the connection is reset: a real RST
  empty,   // the connection is closed without an answer (FIN)
  hang,    // nothing, until the client gives up
};

// What is done to one request, after its delay.
struct Exchange {
  Fate fate = Fate::answer;
  std::uint16_t status = 200;  // for Fate::answer
  Delivery delivery{};         // likewise
  Opening opening{};           // of its connection
  bool replaced = false;       // the answer is the fault's own, not the one that would have come
};

// How an answer goes that is not delivered plainly. Immutable, shared by all requests it is for.
struct Course {
  Delivery delivery;
  std::uint16_t status;
  bool injected;     // what the page says
  bool replaced;     // the answer is a fault's own
  std::string kind;  // of the fault; "" for an answer that is served
  Seen seen;
  Seen seen_by_head;  // of a request by HEAD
  Pace pace;
};

// Null when the delivery is the plain one, or the fate is no answer.
[[nodiscard]] std::shared_ptr<const Course> course_of(const Exchange& exchange, bool injected,
                                                      std::string kind);

// What a client sees of a request with that fate: `course` is null for a plain answer.
[[nodiscard]] inline Seen seen_of(Fate fate, std::uint16_t status, const Course* course,
                                  bool to_head) {
  switch (fate) {
    case Fate::answer:
      if (course != nullptr) {
        return to_head ? course->seen_by_head : course->seen;
      }
      return {{}, {}, {CallEnd::Kind::answer, status}};
    case Fate::reset:
      return {Seen::forever, {}, {CallEnd::Kind::reset, 0}};
    case Fate::empty:
      return {Seen::forever, {}, {CallEnd::Kind::closed, 0}};
    case Fate::hang:
      break;
  }
  return {};
}

using Value = std::variant<std::monostate, Duration, std::uint64_t, Extent, Delivery::Page, Header,
                           CertificateFlaw>;

// One parameter of a kind, as it is written between parentheses.
struct Parameter {
  enum class Type : std::uint8_t {
    duration,
    whole_seconds,  // a duration without a fraction of a second
    size,           // of a body: at most largest_size
    extent,         // start, head, body, 50% or 100B
    page,           // html, problem, text or nothing
    header,         // NAME:VALUE, without blanks
    flaw,           // expired, early, wrong-name or unknown
  };
  std::string_view name;
  Type type;
  std::string_view fallback;  // as text; "" when it may be left out altogether
  std::string_view meaning;   // one line, for help
};

inline constexpr std::uint64_t largest_size = std::uint64_t{16} << 30U;

// "a duration", "how far the answer gets: ...": for describe and hints.
[[nodiscard]] std::string_view words(Parameter::Type type);

// The values of a kind's parameters by their place in its table; monostate for one that is absent.
using Values = std::vector<Value>;

struct Kind {
  std::string_view word;     // as it is written; a status stands for all of them
  std::string_view summary;  // "cuts the answer off", for lists
  std::string_view effect;   // what a client meets, in one or two sentences
  std::span<const Parameter> parameters;
  // What a share of it is taken of.
  enum class Of : std::uint8_t {
    requests,
    connections,  // drawn when they open, before there is a request
    port,         // it concerns everybody, and has no share
  };
  Of of = Of::requests;
  bool needs_tls = false;               // it is about the handshake
  bool replaces = false;                // it is an answer of its own
  std::string_view not_simulated = "";  // why it has no meaning in virtual time; "" if it has one
  void (*apply)(const Values& values, Exchange& exchange) = nullptr;  // null: the port is closed
};

class Fault {
 public:
  // Answers 503.
  Fault() : Fault(503) {}
  explicit Fault(std::uint16_t status);

  [[nodiscard]] const Kind& kind() const { return *kind_; }
  // Parsing it gives an equal fault.
  [[nodiscard]] std::string text() const;
  // What becomes of a request that would be served as `exchange` says.
  [[nodiscard]] Exchange on(Exchange exchange) const;

  friend bool operator==(const Fault& a, const Fault& b) { return a.text() == b.text(); }
  friend Result<Fault> parse_fault(std::string_view text);

 private:
  const Kind* kind_;
  std::uint16_t status_ = 0;  // of the kind for statuses
  Values values_{};
  std::vector<std::pair<std::string, std::string>> given_{};  // by name, in the table's order
};

// Refuses an unknown kind or parameter (did you mean), one that is given twice or has no value, a
// value that is none, and a status outside 200-599.
[[nodiscard]] Result<Fault> parse_fault(std::string_view text);

// Where `sign` first stands outside of parentheses; npos if it does not.
[[nodiscard]] std::size_t find_outside(std::string_view text, char sign);

}  // namespace tripcurve::faults
