// Chance that can be repeated: a counter-based generator that is forked by purpose and by number.
//
// A fork depends on the key it was forked from and on nothing else: not on how many numbers were
// drawn, not on the thread that asks, not on the order of asking. So
//
//   root.fork("upstream/errors").fork(request_ordinal).unit()
//
// is a pure function of (seed, rule, request), and a new rule does not move an old one's draws.
//
// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) is used instead of <random>, because the standard
// leaves the algorithms of its distributions open: the same seed would differ between libraries.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tripcurve {

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : key_(mix(seed + golden)), state_(key_) {}

  // A stream of its own for a purpose (a rule, a component).
  [[nodiscard]] constexpr Random fork(std::string_view purpose) const {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : purpose) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return fork(hash);
  }

  // A stream of its own for one element (a request, a worker).
  [[nodiscard, gnu::always_inline]] constexpr Random fork(std::uint64_t number) const {
    return Random(mix(key_ ^ mix(number + golden)));
  }

  // The first unit() of each of the streams number `first`, `first` + 1 and so on: together they do
  // not wait for each other, which takes half as long.
  void units(std::uint64_t first, std::span<double> drawn) const {
    for (auto& unit : drawn) {
      unit = fork(first++).unit();
    }
  }

  // The next 64 random bits of this stream.
  constexpr std::uint64_t next() { return mix(state_ += golden); }

  // The next number in [0, 1), in steps of 2^-53.
  constexpr double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  std::uint64_t key_;
  std::uint64_t state_;
};

}  // namespace tripcurve
