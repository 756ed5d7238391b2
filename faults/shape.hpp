// The bodies of answers: how large they are and how they come. Four parts, each written by itself:
//
//   size       1MB, or 1KB:90%,1MB:10%: so large are the answers that are served
//   bandwidth  50KB/s: no body goes out faster
//   body       chunks=10,over=2s   in ten pieces, the last one two seconds after the head
//              slice=10B,every=5ms ten bytes at a time
//              head=500ms          so long from the status line to the rest of the head
//   stream     events=40,every=50ms,die=5%@30%,stall=1%@50%,error=1%@50%
//              server-sent events; a share of the streams dies, stalls, or says that it has failed
//              when that much of it has come
//
// and `none` for a part that is as it would be without. Values, immutable after parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/units.hpp"
#include "faults/delivery.hpp"

namespace tripcurve::faults {

struct Sizes {
  struct Item {
    std::uint64_t bytes = 0;
    Share share{1};
    friend bool operator==(const Item&, const Item&) = default;
  };
  std::vector<Item> items{};  // their shares sum up to 1; empty: none

  [[nodiscard]] std::string text() const;
  friend bool operator==(const Sizes&, const Sizes&) = default;
};

struct Bandwidth {
  std::uint64_t bytes_per_second = 0;  // 0: none

  [[nodiscard]] std::string text() const;
  friend bool operator==(const Bandwidth&, const Bandwidth&) = default;
};

struct BodyPace {
  std::uint64_t chunks = 0;
  Duration over{};
  std::uint64_t slice = 0;
  Duration every{};
  Duration head{};

  [[nodiscard]] std::string text() const;
  friend bool operator==(const BodyPace&, const BodyPace&) = default;
};

struct EventStream {
  // A share of the streams, and how far they get.
  struct Mishap {
    Share share;
    Share at;
    friend bool operator==(const Mishap&, const Mishap&) = default;
  };
  std::uint64_t events = 0;  // 0: none
  Duration every{};
  Mishap die{};
  Mishap stall{};
  Mishap error{};

  [[nodiscard]] std::string text() const;
  friend bool operator==(const EventStream&, const EventStream&) = default;
};

// How a served answer may come, with its share.
struct Variant {
  double share = 1;
  Delivery delivery{};
  std::string kind{};  // of a mishap: stream-die, stream-stall or stream-error
};

struct Shape {
  Sizes size{};
  Bandwidth bandwidth{};
  BodyPace body{};
  EventStream stream{};

  // Nothing is as it would not be anyway.
  [[nodiscard]] bool is_plain() const { return *this == Shape{}; }
  // At least one; their shares sum up to 1.
  [[nodiscard]] std::vector<Variant> variants() const;
  // How much longer than its latency an answer takes to its end, on average, of those that end.
  [[nodiscard]] Duration mean_time() const;
  // The share of the streams that something happens to.
  [[nodiscard]] double failing() const;
  // "size=1MB bandwidth=50KB/s"; "" when it is plain.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Shape&, const Shape&) = default;
};

// What a phase or a rule changes of it.
struct ShapeChange {
  std::optional<Sizes> size{};
  std::optional<Bandwidth> bandwidth{};
  std::optional<BodyPace> body{};
  std::optional<EventStream> stream{};

  [[nodiscard]] bool is_empty() const { return *this == ShapeChange{}; }
  [[nodiscard]] Shape on(const Shape& usual) const;
  // "size=1MB bandwidth=none"; "" when it is empty.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const ShapeChange&, const ShapeChange&) = default;
};

// What makes it of a plain one.
[[nodiscard]] ShapeChange changed(const Shape& shape);

// A stream has its own sizes and pace, so that no other part may stand beside it.
[[nodiscard]] std::optional<Error> contradiction(const Shape& shape);

// What it says that cannot be done to the answers of a real service, which has bodies of its own,
// of a length that nobody knows beforehand.
[[nodiscard]] std::optional<Error> not_of_service(const ShapeChange& shape);

[[nodiscard]] Result<Sizes> parse_sizes(std::string_view text);
[[nodiscard]] Result<Bandwidth> parse_bandwidth(std::string_view text);
[[nodiscard]] Result<BodyPace> parse_body_pace(std::string_view text);
[[nodiscard]] Result<EventStream> parse_event_stream(std::string_view text);

}  // namespace tripcurve::faults
