// What one toxic does to the bytes that go one way on one connection: a small machine without a
// clock and without sockets. A Pipe asks it what becomes of the bytes that it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::toxics {

// Bytes that came together. A stage may pass them on in several pieces.
struct Chunk {
  std::string bytes{};
  TimePoint arrived{};
  std::size_t gone = 0;  // so many of the first bytes were passed on

  [[nodiscard]] std::size_t size() const { return bytes.size() - gone; }
  [[nodiscard]] std::string_view rest() const { return std::string_view(bytes).substr(gone); }
};

// How one way of a connection ends.
enum class End : std::uint8_t {
  closed,  // the sender sends no more (FIN); the other way goes on
  cut,     // the connection is closed, both ways
  reset,   // the connection is reset, both ways (RST)
};

// What becomes of the first `bytes` of a chunk at `when`; the rest is asked about again. `never`:
// nothing, until the settings change.
struct Fate {
  TimePoint when{};
  std::size_t bytes = 0;
  bool lost = false;  // they go nowhere
};

// An end that a stage makes by itself.
struct Cut {
  TimePoint when = never;
  End how = End::cut;
};

// The values of a kind's attributes, in the order of its table and in its units.
using Values = std::vector<std::int64_t>;

class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  // Takes new settings, at first and whenever they change. What it has counted stays.
  virtual void set(const Values& values) = 0;

  // The connection has the toxic from `now` on.
  virtual void begin(TimePoint /*now*/) {}

  // Asked once for each chunk, and again for what is left of it and when the settings change.
  virtual Fate fate_of(const Chunk& first) = 0;
  // That many bytes have gone, or are lost.
  virtual void passed(std::size_t /*bytes*/, TimePoint /*now*/) {}
  // The first bytes, or the end, have come.
  virtual void met_first(TimePoint /*now*/) {}

  // When an end that came at `ended` goes on, after all bytes before it.
  [[nodiscard]] virtual TimePoint end_goes_on(TimePoint ended) const { return ended; }
  // When it ends the connection by itself.
  [[nodiscard]] virtual Cut cut() const { return {}; }
  // To take the toxic away ends the connection, too.
  [[nodiscard]] virtual bool cuts_when_removed() const { return false; }

  // How many bytes it holds before it takes no more.
  [[nodiscard]] virtual std::size_t room() const { return std::size_t{64} * 1024; }
};

}  // namespace tripcurve::toxics
