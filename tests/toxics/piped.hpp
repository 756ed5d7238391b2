// A pipe in virtual time: a test says what comes in and when, and sees what comes out and when.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "toxics/pipe.hpp"
#include "toxics/toxic.hpp"

namespace tripcurve::toxics::testing {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Piece {
  std::string bytes;
  TimePoint when;
  friend bool operator==(const Piece&, const Piece&) = default;
};

class Piped {
 public:
  explicit Piped(const std::vector<std::string>& toxics = {}, std::uint64_t seed = 1)
      : pipe(Random(seed)) {
    for (const auto& text : toxics) {
      add(text);
    }
  }

  void add(const std::string& text, const std::string& name = "") {
    auto toxic = parse_toxic(text).value();
    toxic.name = name.empty() ? toxic.name : name;
    pipe.add(toxic, now);
    collect();
  }
  void change(const std::string& text) {
    pipe.change(parse_toxic(text).value(), now);
    collect();
  }
  void remove(const std::string& name) {
    pipe.remove(name, now);
    collect();
  }

  void put(std::string bytes) {
    pipe.put(std::move(bytes), now);
    collect();
  }
  void end(End how = End::closed) {
    pipe.end(how, now);
    collect();
  }

  // Until then, taking out at once what there is, unless nobody reads.
  void run_until(Duration time) {
    for (;;) {
      const auto due = pipe.advance(now);
      collect();
      if (due > at(time)) {
        break;
      }
      now = std::max(now, due);
    }
    now = at(time);
  }

  [[nodiscard]] std::string bytes() const {
    std::string all;
    for (const auto& piece : out) {
      all += piece.bytes;
    }
    return all;
  }

  Pipe pipe;
  TimePoint now{};
  bool reads = true;
  std::vector<Piece> out;
  std::optional<std::pair<End, TimePoint>> ending;

 private:
  void collect() {
    pipe.advance(now);
    while (reads && !pipe.output().empty()) {
      out.push_back({std::string(pipe.output()), now});
      pipe.sent(pipe.output().size());
      pipe.advance(now);
    }
    if (!ending && pipe.ending()) {
      ending = {*pipe.ending(), now};
    }
  }
};

}  // namespace tripcurve::toxics::testing
