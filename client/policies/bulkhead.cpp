#include "client/policies/bulkhead.hpp"

#include <algorithm>
#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {

void Bulkhead::enter(Client& client, FrameId frame, TimePoint now) {
  if (taken_ < config_.places) {
    ++taken_;
    client.let_in(frame, now);
  } else if (waiting_ < config_.queue) {
    auto& passage = client.frame(frame);
    passage.waits = true;
    ++waiting_;
    queue_.push_back({frame, passage.serial});
    if (config_.max_wait) {
      client.wake_in_line(frame, now + *config_.max_wait);
    }
  } else {
    client.end(frame, {.kind = Ending::Kind::full}, now);
  }
}

void Bulkhead::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                     TimePoint now) {
  give_back(client, frame, ending, now);
}

void Bulkhead::woken(Client& client, FrameId frame, TimePoint now) {
  leave_queue(client, frame, {.kind = Ending::Kind::full}, now);
}

void Bulkhead::given_up(Client& client, FrameId frame, TimePoint now) {
  constexpr Ending ending{.kind = Ending::Kind::cancelled, .end = {CallEnd::Kind::timeout, 0}};
  if (client.frame(frame).waits) {
    leave_queue(client, frame, ending, now);
  } else {
    give_back(client, frame, ending, now);  // it had a place and was still to go in
  }
}

// What has left the queue stays in it until there is more of that than of others.
void Bulkhead::leave_queue(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  constexpr std::uint64_t few = 64;
  --waiting_;
  client.end(frame, ending, now);
  if (queue_.size() > few && queue_.size() / 2 > waiting_) {
    std::erase_if(queue_, [&](const Passage& passage) {
      return !client.is_there(passage.frame, passage.serial);
    });
  }
}

void Bulkhead::hand_on_place(Client& client) {
  while (!queue_.empty()) {
    const auto next = queue_.front();
    queue_.pop_front();
    if (client.is_there(next.frame, next.serial)) {
      --waiting_;
      client.frame(next.frame).waits = false;
      client.wake(next.frame, never);
      going_in_.push_back(next);
      return;
    }
  }
  --taken_;
}

// The place belongs to the next at once. It goes in when all that follows from this end is done, in
// the order in which places became free. One that ends as soon as it goes in gives way to the next
// here, and not within its own end.
void Bulkhead::give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  hand_on_place(client);
  ++leaving_;
  client.end(frame, ending, now);
  if (--leaving_ > 0 || letting_in_) {
    return;
  }
  letting_in_ = true;
  while (!going_in_.empty()) {
    const auto [next, serial] = going_in_.front();
    going_in_.pop_front();
    if (client.is_there(next, serial)) {
      client.let_in(next, now);
    }
  }
  letting_in_ = false;
}

namespace {

constexpr std::array bulkhead_keys{
    breaker::Key{"places", "", "10", "this many calls may run at once", breaker::whole(1)},
    breaker::Key{"queue", "", "0", "this many more calls may wait for a place", breaker::whole(0)},
    breaker::Key{"max_wait", "", "", "the longest that a call may wait for a place",
                 breaker::duration(0.001)},
};

Result<PolicyConfig> read_bulkhead(const breaker::Settings& settings,
                                   const Surroundings& /*surroundings*/) {
  breaker::SettingsReader read(bulkhead_keys, settings);
  BulkheadConfig config{.places = read.whole("places"), .queue = read.whole("queue")};
  if (read.has("max_wait")) {
    config.max_wait = read.duration("max_wait");
  }
  return read.result(PolicyConfig(config));
}

breaker::Given bulkhead_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  const auto& config = std::get<BulkheadConfig>(policy);
  breaker::Given given{{"places", std::to_string(config.places)},
                       {"queue", std::to_string(config.queue)}};
  if (config.max_wait) {
    given.emplace_back("max_wait", format_duration(*config.max_wait));
  }
  return given;
}

}  // namespace

const PolicyKind& bulkhead_kind() {
  static constexpr PolicyKind kind{.name = "bulkhead",
                                   .summary = "limits how many calls run at once",
                                   .keys = bulkhead_keys,
                                   .read = read_bulkhead,
                                   .given = bulkhead_given};
  return kind;
}

}  // namespace tripcurve::client
