// One service of a topology at work: its workers, the calls that wait for one, what each call has
// still to do, and the clients by which the service calls others. A machine without I/O, the same
// in virtual time and on the wire, as load::Engine is: it is told the time and what happened, and
// tells the Outside what to send and what to answer.
//
// A call that finds all workers busy waits, the oldest first, or is answered 503 at once where no
// place is left. Then a worker is its own until it is answered: for the service's own work, drawn
// by the call's number, and for all that it waits for. That its caller has gone away does not reach
// it, as in most servers: it is worked on all the same.
//
// The answer is 200, or says what was in the way: 504 a timeout, 503 an open breaker or a full
// bulkhead, and otherwise 502, also where a fallback answers with an error; a call of no route is
// answered 404. What another answered well is what OutcomeRules does not call a failure.
//
// Not thread-safe. Times never run backwards.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "client/client.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "load/endpoint.hpp"
#include "topology/agenda.hpp"
#include "topology/measured.hpp"
#include "topology/topology.hpp"

namespace tripcurve::topology {

// A request that a service sends.
struct Request {
  std::uint32_t link = 0;
  client::FrameId attempt = client::no_frame;  // what Node::ended() takes
  std::uint64_t number = 0;                    // what it is known by; random, and no other has it
  std::uint32_t endpoint = 0;
  load::Leave leave{};  // with that of its link's breaker; `leave.breaker` is the link
};

// What a node works on. It is called from within the node's members and calls none of them.
class Outside {
 public:
  virtual ~Outside() = default;
  virtual void send(const Request& request, TimePoint now) = 0;
  // Gives the request up: how far it had come.
  virtual CallEnd cancel(std::uint32_t link, client::FrameId attempt, TimePoint now) = 0;
  // `call` as arrive() got it.
  virtual void answer(std::uint64_t call, std::uint16_t status, TimePoint now) = 0;
};

class Node {
 public:
  // `service`, `endpoints` and `outside` must outlive it; `random` is the experiment's.
  Node(const Service& service, const std::vector<load::Endpoint>& endpoints,
       const Timetable& timetable, const Random& random, Outside& outside);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // A call arrives; `number` is what it is known by.
  void arrive(std::uint64_t call, std::uint64_t number, std::uint32_t endpoint, TimePoint now);
  // The request has its connection; the head of its answer is there, and the rest is not. For links
  // whose breaker heeds it.
  [[nodiscard]] bool heeds_progress(std::uint32_t link) const;
  void connected(std::uint32_t link, client::FrameId attempt, TimePoint now);
  void answering(std::uint32_t link, client::FrameId attempt, std::uint16_t status, TimePoint now);
  void ended(std::uint32_t link, client::FrameId attempt, CallEnd end, TimePoint now);

  // When tick() has something to do, or `never`.
  [[nodiscard]] TimePoint next_due() const;
  void tick(TimePoint now);

  // How its breaker stands to a request that it has sent with that leave. Thread-safe.
  [[nodiscard]] Passage passage(const load::Leave& leave) const;

  [[nodiscard]] std::uint32_t busy() const { return busy_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] ServiceNow now() const;
  [[nodiscard]] ServiceMeasured measured(TimePoint now, const Topology& topology);

 private:
  struct Task {
    std::uint64_t call = 0;
    std::uint64_t number = 0;
    const Route* route = nullptr;
    TimePoint arrived{};
    std::uint32_t endpoint = 0;
    std::uint32_t phase = 0;
    std::uint32_t made = 0;     // of the route's calls
    std::uint32_t pending = 0;  // of these, those that have not ended
    std::uint16_t failure = 0;  // what it would be answered for a call that did not end well
    std::uint32_t let_go = 0;   // of those that have ended, those of which something goes on
    bool over = false;          // it is answered
  };
  using TaskId = std::uint32_t;
  struct Work {
    TimePoint done;
    std::uint64_t order;
    TaskId task;
    friend bool operator>(const Work& a, const Work& b) {
      return a.done != b.done ? a.done > b.done : a.order > b.order;
    }
  };
  class Client;  // a link's, with its breaker
  struct Ended {
    TaskId task;
    std::uint32_t link;
    client::Ending ending;
  };

  void pass_time(TimePoint now);
  void stay_until(TimePoint until);
  void begin_phase(std::size_t phase);
  [[nodiscard]] bool has_worker() const { return !service_.workers || busy_ < *service_.workers; }
  void begin(TaskId id, TimePoint now);
  void go_on(TaskId id, TimePoint now);
  void make_call(TaskId id, TimePoint now);
  void call_ended(const Ended& ended, TimePoint now);
  void decide(TaskId id, std::uint16_t status, TimePoint now);
  void release(TaskId id);
  void settle(TimePoint now);
  TaskId take_task();

  const Service& service_;
  const std::vector<load::Endpoint>& endpoints_;
  const Timetable& timetable_;
  Random work_draws_;
  Outside& outside_;
  std::vector<std::unique_ptr<Client>> clients_;  // by link
  Agenda due_;                                    // of these

  std::vector<Task> tasks_;
  std::vector<TaskId> free_;
  std::uint32_t busy_ = 0;
  std::deque<TaskId> waiting_;
  std::priority_queue<Work, std::vector<Work>, std::greater<>> working_;
  std::uint64_t works_ = 0;
  std::deque<Ended> ended_;  // calls to others that have ended and that nobody has looked at

  std::vector<ServiceCounts> counts_;  // by phase
  std::size_t phase_ = 0;              // at `latest_`
  TimePoint latest_{};
};

}  // namespace tripcurve::topology
