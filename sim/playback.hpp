// Recorded traffic through the breakers of one client, in virtual time: the same engine and
// breakers as in a run, with a recording in place of the load and of the upstream.
//
//   Playback playback(load, bank, observer);
//   while (more) playback.play(calls);   // in order, any number at a time
//   playback.end();
//
// Memory does not grow with the recording. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/tally.hpp"
#include "sim/recording.hpp"

namespace tripcurve::sim {

class Playback {
 public:
  // Hears of each call that the breaker rejected, and what had become of it in the recording.
  using Rejected = std::function<void(const RecordedCall& call)>;

  // What `load` says of the loop and of would_succeed is replaced; its timetable must last longer
  // than the recording. Its client makes no more than one attempt of a call. `bank` must outlive
  // this.
  Playback(load::LoadPlan load, load::BreakerBank& bank, Rejected rejected);
  ~Playback();

  // More calls, none due before the last one of those that came before. Plays what comes before the
  // last of these: so what happens at one instant is known before it is played.
  void play(std::span<const RecordedCall> calls);

  // Plays the rest, until every call has ended.
  void end();

  // The time of the latest instant.
  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] const load::Tally& tally() const;

 private:
  struct Running;
  void play_before(TimePoint limit);

  load::LoadPlan load_;
  load::BreakerBank& bank_;
  Rejected rejected_;
  Recording recording_;
  std::unique_ptr<Running> running_;  // from the first call on
  load::Tally nothing_;
};

}  // namespace tripcurve::sim
