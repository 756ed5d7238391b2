// One way of one connection through a proxy: bytes come in at one end, go through the toxics that
// the connection has, and come out at the other. Without a clock and without sockets, so the time
// is an argument, and tests move it.
//
// Toxics come, change and go while bytes are under way, and none is lost, doubled or overtaken by
// another for that: what a toxic holds when it goes away moves on at once. What a pipe holds is
// bounded, by what its toxics hold.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"
#include "toxics/stage.hpp"
#include "toxics/toxic.hpp"

namespace tripcurve::toxics {

class Pipe {
 public:
  // `random` is the connection's: whether it has a toxic depends on it and on the toxic's name
  // only.
  explicit Pipe(Random random) : random_(random), queues_(1) {}

  // Toxics of the pipe's own way. A new one comes last; the others are known by their names.
  void add(const Toxic& toxic, TimePoint now);
  void change(const Toxic& toxic, TimePoint now);
  void remove(const std::string& name, TimePoint now);

  // Neither toxics nor bytes: what comes may go out at once, past the pipe.
  [[nodiscard]] bool is_empty() const {
    return places_.empty() && queues_.front().chunks.empty() && !ended_;
  }

  // More bytes may come. Those of one put() may be more than fits.
  [[nodiscard]] bool has_room() const;
  void put(std::string bytes, TimePoint now);
  void end(End how, TimePoint now);
  [[nodiscard]] bool has_ended() const { return ended_; }  // end() was called, or a toxic cut it

  // Moves what is due. When it is next worth a call, if nothing else happens.
  TimePoint advance(TimePoint now);

  // What is to be sent next, all of it together; empty when there is nothing.
  [[nodiscard]] std::string_view output() const;
  void sent(std::size_t bytes);
  // The end, when all output is sent.
  [[nodiscard]] std::optional<End> ending() const;

 private:
  struct Ended {
    End how;
    TimePoint when;
  };
  // What waits for a stage; the last one waits to be sent.
  struct Queue {
    std::deque<Chunk> chunks{};
    std::size_t bytes = 0;
    std::optional<Ended> end{};  // comes after the chunks

    void take(Chunk chunk);
  };
  // A toxic on this connection.
  struct Place {
    Toxic toxic;
    std::unique_ptr<Stage> stage;
    bool hits;                   // this connection is among those that it concerns
    bool met = false;            // something has come to it
    std::optional<Fate> fate{};  // of the first chunk in its queue
  };

  [[nodiscard]] bool hits(const Toxic& toxic) const;
  [[nodiscard]] bool has_room(std::size_t place) const;
  [[nodiscard]] std::optional<std::size_t> place_of(const std::string& name) const;
  bool step(std::size_t place, TimePoint now);
  bool step_chunk(Place& place, Queue& from, Queue& to, std::size_t index, TimePoint now);
  void end_at(std::size_t place, Ended end);
  [[nodiscard]] TimePoint due(std::size_t place) const;

  Random random_;
  std::vector<Place> places_;
  std::deque<Queue> queues_;  // one more than places: queues_[i] waits for places_[i]
  bool ended_ = false;
};

}  // namespace tripcurve::toxics
