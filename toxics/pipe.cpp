#include "toxics/pipe.hpp"

#include <algorithm>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::toxics {
namespace {

// Of what waits to be sent, and of a stage that does nothing to this connection.
constexpr std::size_t usual_room = std::size_t{64} * 1024;

}  // namespace

void Pipe::Queue::take(Chunk chunk) {
  bytes += chunk.size();
  chunks.push_back(std::move(chunk));
}

bool Pipe::hits(const Toxic& toxic) const {
  return random_.fork(toxic.name).unit() < toxic.toxicity.value;
}

std::optional<std::size_t> Pipe::place_of(const std::string& name) const {
  const auto found = std::ranges::find(places_, name, [](const Place& p) { return p.toxic.name; });
  return found == places_.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - places_.begin()));
}

void Pipe::add(const Toxic& toxic, TimePoint now) {
  auto stage = toxic.kind->make(random_.fork(toxic.name).fork(1));
  stage->set(toxic.values);
  stage->begin(now);
  places_.push_back({toxic, std::move(stage), hits(toxic)});
  // What waits to be sent has gone past it already, an end too.
  queues_.insert(queues_.end() - 1, Queue{});
  if (queues_.back().end) {
    queues_.end()[-2].end = queues_.back().end;
  }
}

void Pipe::change(const Toxic& toxic, TimePoint now) {
  const auto index = place_of(toxic.name);
  ENSURE(index.has_value());
  auto& place = places_[*index];
  const bool hit_before = std::exchange(place.hits, hits(toxic));
  place.toxic = toxic;
  place.stage->set(toxic.values);
  if (place.hits && !hit_before) {
    place.stage->begin(now);
  }
  place.fate.reset();
}

void Pipe::remove(const std::string& name, TimePoint now) {
  const auto index = place_of(name);
  ENSURE(index.has_value());
  const auto& place = places_[*index];
  if (place.hits && place.stage->cuts_when_removed()) {
    end_at(*index, {End::cut, now});
  }
  auto from = std::move(queues_[*index]);
  const auto at = static_cast<std::ptrdiff_t>(*index);
  places_.erase(places_.begin() + at);
  queues_.erase(queues_.begin() + at);
  auto& to = queues_[*index];
  for (auto& chunk : from.chunks) {
    to.take(std::move(chunk));
  }
  if (from.end && !to.end) {
    to.end = from.end;
  }
}

bool Pipe::has_room(std::size_t place) const {
  const bool by_stage = place < places_.size() && places_[place].hits;
  return queues_[place].bytes < (by_stage ? places_[place].stage->room() : usual_room);
}

bool Pipe::has_room() const { return !ended_ && has_room(0); }

void Pipe::put(std::string bytes, TimePoint now) {
  if (!ended_ && !bytes.empty()) {
    queues_.front().take({std::move(bytes), now});
  }
}

void Pipe::end(End how, TimePoint now) {
  if (!ended_) {
    ended_ = true;
    queues_.front().end = Ended{how, now};
  }
}

// The stage ends the connection: what waits for it, and for those before it, is lost; what is past
// it still goes out.
void Pipe::end_at(std::size_t place, Ended end) {
  ended_ = true;
  for (std::size_t i = 0; i <= place; ++i) {
    queues_[i] = {.chunks = {}, .bytes = 0, .end = end};
    places_[i].fate.reset();
  }
  if (auto& next = queues_[place + 1].end; !next) {
    next = end;
  }
}

bool Pipe::step_chunk(Place& place, Queue& from, Queue& to, std::size_t index, TimePoint now) {
  auto& chunk = from.chunks.front();
  if (!place.fate) {
    place.fate = place.hits ? place.stage->fate_of(chunk) : Fate{chunk.arrived, chunk.size()};
  }
  const auto fate = *place.fate;
  if (fate.when > now || (!fate.lost && !has_room(index + 1))) {
    return false;
  }
  place.fate.reset();
  from.bytes -= fate.bytes;
  const bool whole = fate.bytes == chunk.size();
  if (!fate.lost) {
    to.take(whole && chunk.gone == 0
                ? Chunk{std::move(chunk.bytes), fate.when}
                : Chunk{std::string(chunk.rest().substr(0, fate.bytes)), fate.when});
  }
  chunk.gone += fate.bytes;
  if (whole) {
    from.chunks.pop_front();
  }
  if (place.hits) {
    place.stage->passed(fate.bytes, now);
  }
  return true;
}

// Moves one thing through that place; false when nothing is due there.
bool Pipe::step(std::size_t index, TimePoint now) {
  auto& place = places_[index];
  auto& from = queues_[index];
  auto& to = queues_[index + 1];
  if (to.end) {
    return false;  // nothing more goes out
  }
  if (place.hits && !place.met && (!from.chunks.empty() || from.end)) {
    place.met = true;
    place.stage->met_first(now);
  }
  if (const auto cut = place.hits ? place.stage->cut() : Cut{}; cut.when <= now) {
    end_at(index, {cut.how, now});
    return true;
  }
  if (!from.chunks.empty()) {
    return step_chunk(place, from, to, index, now);
  }
  if (from.end) {
    const auto when = place.hits ? place.stage->end_goes_on(from.end->when) : from.end->when;
    if (when <= now) {
      to.end = Ended{from.end->how, now};
      return true;
    }
  }
  return false;
}

TimePoint Pipe::due(std::size_t index) const {
  const auto& place = places_[index];
  const auto& from = queues_[index];
  if (queues_[index + 1].end) {
    return never;
  }
  auto due = place.hits ? place.stage->cut().when : never;
  if (!from.chunks.empty()) {
    // Without room beyond it, it is its reader who decides.
    if (place.fate && (place.fate->lost || has_room(index + 1))) {
      due = std::min(due, place.fate->when);
    }
  } else if (from.end && place.hits) {
    due = std::min(due, place.stage->end_goes_on(from.end->when));
  }
  return due;
}

// From the last place to the first, so that there is room for what comes after, until nothing
// moves.
TimePoint Pipe::advance(TimePoint now) {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto i = places_.size(); i-- > 0;) {
      while (step(i, now)) {
        moved = true;
      }
    }
  }
  auto next = never;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    next = std::min(next, due(i));
  }
  return next;
}

std::string_view Pipe::output() const {
  const auto& chunks = queues_.back().chunks;
  return chunks.empty() ? std::string_view() : chunks.front().rest();
}

void Pipe::sent(std::size_t bytes) {
  auto& queue = queues_.back();
  ENSURE(!queue.chunks.empty());
  auto& chunk = queue.chunks.front();
  chunk.gone += bytes;
  queue.bytes -= bytes;
  if (chunk.size() == 0) {
    queue.chunks.pop_front();
  }
}

std::optional<End> Pipe::ending() const {
  const auto& queue = queues_.back();
  return queue.chunks.empty() && queue.end ? std::optional(queue.end->how) : std::nullopt;
}

}  // namespace tripcurve::toxics
