// What a proxy passes on of the bytes that its service sends, as the body of what it delivers.
//
// Live on the thread of their connection.
#pragma once

#include <string>

#include "net/body_source.hpp"
#include "net/intake.hpp"

namespace tripcurve::net {

// The body of a service's answer: what has come of it, which is added to by others as soon as all
// of it is taken.
class AnswerBody final : public BodySource {
 public:
  // Both must outlive it.
  AnswerBody(std::string& come, const bool& ended) : come_(come), ended_(ended) {}

  [[nodiscard]] Ready ready() const override { return {come_.size() - taken_, ended_}; }
  void read(std::size_t count, std::string& out) override {
    out.append(come_, taken_, count);
    taken_ += count;
    if (taken_ == come_.size()) {
      come_.clear();
      taken_ = 0;
    }
  }

 private:
  std::string& come_;
  const bool& ended_;
  std::size_t taken_ = 0;  // of what has come
};

// All that comes by a connection, up to its end.
class ConnectionBody final : public BodySource {
 public:
  // Must outlive it.
  explicit ConnectionBody(Intake& intake) : intake_(intake) {}

  [[nodiscard]] Ready ready() const override {
    return {intake_.bytes().size(), intake_.has_ended()};
  }
  void read(std::size_t count, std::string& out) override {
    out += intake_.bytes().substr(0, count);
    intake_.take(count);
  }

 private:
  Intake& intake_;
};

}  // namespace tripcurve::net
