#include "client/policies/fallback_queue.hpp"

#include <algorithm>
#include <utility>

#include "client/call_facts.hpp"
#include "client/client.hpp"
#include "core/ensure.hpp"

namespace tripcurve::client {

QueuedFallback::QueuedFallback(FallbackConfig config, const CallFacts& facts)
    : config_(std::move(config)),
      answer_(std::get<QueuedAnswer>(config_.answer)),
      gap_(answer_.drain_rate ? Duration(static_cast<Duration::rep>(1e9 / *answer_.drain_rate))
                              : Duration{}),
      queues_(facts.instances, [](std::uint32_t) { return Queue(); }) {}

void QueuedFallback::enter(Client& client, FrameId frame, TimePoint now) {
  client.let_in(frame, now);
}

void QueuedFallback::ended(Client& client, FrameId frame, std::uint32_t /*number*/,
                           const Ending& ending, TimePoint now) {
  const auto& passage = client.frame(frame);
  if (passage.let_go) {
    tried_again(client, frame, ending, now);
  } else if (config_.rules.fails(ending) && !passage.cancelled) {
    put_in(client, frame, ending, now);
  } else {
    client.end(frame, ending, now);
  }
}

void QueuedFallback::put_in(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  auto& queue = queues_.of(client.frame(frame).call);
  if (queue.size() >= answer_.places) {
    if (answer_.full == QueuedAnswer::Full::reject || queue.waiting.empty()) {
      client.fell_back(frame, {FallbackEvent::Kind::queue_full});
      client.end(frame, ending, now);
      return;
    }
    drop_oldest(client, queue, now);
  }
  if (queue.waiting.empty()) {  // or it would go in again at once
    queue.failing = queue.failing || queue.inside.empty();
    queue.not_before = now + answer_.retry_every;
  }
  queue.waiting.push_back({frame, now, queue.queued++});
  check(queue);
  client.rest(frame);
  client.let_go(frame,
                {.kind = Ending::Kind::fallback,
                 .end = {CallEnd::Kind::answer, config_.status},
                 .substitute = Substitute::queued,
                 .of_open = ending.kind == Ending::Kind::open},
                now);
  ask_to_be_woken(client, queue);
}

void QueuedFallback::drop_oldest(Client& client, Queue& queue, TimePoint now) {
  const auto oldest = queue.waiting.front();
  queue.waiting.pop_front();
  ++queue.left;
  check(queue);
  ask_to_be_woken(client, queue);
  client.fell_back(oldest.frame, {FallbackEvent::Kind::lost, now - oldest.since});
  client.resume(oldest.frame);
  client.end(oldest.frame, {}, now);
}

void QueuedFallback::tried_again(Client& client, FrameId frame, const Ending& ending,
                                 TimePoint now) {
  auto& queue = queues_.of(client.frame(frame).call);
  const auto place = std::ranges::find(queue.inside, frame, &Waiting::frame);
  ENSURE(place != queue.inside.end());
  const auto tried = *place;
  queue.inside.erase(place);
  queue.failing = !is_good(config_, ending);
  if (queue.failing) {
    queue.not_before = now + answer_.retry_every;
    queue.waiting.insert(std::ranges::lower_bound(queue.waiting, tried.order, {}, &Waiting::order),
                         tried);
    client.rest(frame);
  } else {
    ++queue.left;
    client.fell_back(frame, {FallbackEvent::Kind::drained, now - tried.since});
    client.end(frame, ending, now);
  }
  check(queue);
  let_in(client, queue, now);
}

// Another one may go in, as far as those that are inside are concerned.
bool QueuedFallback::has_turn(const Queue& queue) const {
  return !queue.waiting.empty() && queue.inside.size() < (queue.failing ? 1 : answer_.drain);
}

// One that ends as soon as it goes in makes way for the next here, and not within its own end.
void QueuedFallback::let_in(Client& client, Queue& queue, TimePoint now) {
  if (queue.letting_in) {
    return;
  }
  queue.letting_in = true;
  while (has_turn(queue) && queue.not_before <= now) {
    const auto next = queue.waiting.front();
    queue.waiting.pop_front();
    queue.inside.push_back(next);
    queue.not_before = now + gap_;
    ask_to_be_woken(client, queue);
    client.resume(next.frame);
    client.let_in(next.frame, now);
  }
  queue.letting_in = false;
  ask_to_be_woken(client, queue);
}

void QueuedFallback::woken(Client& client, FrameId frame, TimePoint now) {
  auto& queue = queues_.of(client.frame(frame).call);
  queue.woken = no_frame;
  let_in(client, queue, now);
}

// The head asks for all.
void QueuedFallback::ask_to_be_woken(Client& client, Queue& queue) const {
  const auto head = has_turn(queue) ? queue.waiting.front().frame : no_frame;
  if (queue.woken != no_frame && queue.woken != head) {
    client.wake(queue.woken, never);
  }
  queue.woken = head;
  if (head != no_frame && client.frame(head).due != queue.not_before) {
    client.wake(head, queue.not_before);
  }
}

// Nothing is lost without being counted.
void QueuedFallback::check(const Queue& queue) {
  ENSURE(queue.queued == queue.left + queue.size());
}

}  // namespace tripcurve::client
