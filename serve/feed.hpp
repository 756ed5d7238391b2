// One run so far and its many subscribers. The run writes and never waits; each has a place in a
// short row of latest messages, and one that came late, was slow, or must be told anew is told the
// whole run so far instead of what it missed. So nothing is kept for one of them, and no transition
// is lost.
//
// Thread-safe, all of it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "serve/run_so_far.hpp"

namespace tripcurve::serve {

class Feed {
 public:
  // A run, of which notes alone may come before; a later one takes the place of the one before.
  void begin(const live::Scene& scene);

  void tick(const report::Tick& tick);
  void transition(const load::BreakerEvent& event);
  void note(const std::string& text);
  void intervention(const report::Intervention& intervention);

  // The run is over. From now on every reader is told `report` (one JSON object) and no more.
  void end(std::string report);

  // No more is told, also to those who wait.
  void close();

  // Waits, for a second and a half at most, until no reader is left that has not been told the end.
  void wait_for_subscribers();

  // One reader, which may be used by one thread at a time.
  class Subscriber {
   public:
    explicit Subscriber(Feed& feed);
    ~Subscriber();
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    // What is new, as server-sent events; a comment when nothing was for a second; empty when there
    // will be no more.
    [[nodiscard]] std::optional<std::string> next();

   private:
    Feed& feed_;
    std::uint64_t place_ = 0;  // the number of the next message; 0: was told nothing
    bool told_end_ = false;
  };

 private:
  static constexpr std::size_t latest = 256;

  void publish(const char* event, const std::string& json);
  void tell_anew();  // all of it to all, in place of the messages

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::condition_variable subscriber_left_;
  std::optional<RunSoFar> so_far_;
  std::vector<std::string> early_notes_;  // from before the run
  std::uint64_t edition_ = 0;             // of the run so far that the messages belong to
  std::deque<std::string> messages_;
  std::uint64_t first_ = 1;  // the number of messages_.front()
  std::optional<std::string> report_;
  int subscribers_ = 0;
  bool closed_ = false;
};

}  // namespace tripcurve::serve
