#include "claims/log.hpp"

#include <chrono>

#include "claims/kind.hpp"
#include "core/text.hpp"

namespace tripcurve::claims {
namespace {

// A stream that says nothing of the breaker for so long says nothing.
constexpr Duration silence = std::chrono::seconds(2);

Reading reading_of(const Source& source, TimePoint asked, TimePoint answered,
                   const Result<std::string>& body) {
  Reading reading{.asked = asked, .answered = answered};
  if (!body) {
    reading.words = body.error().message;
    return reading;
  }
  const auto said = source.kind->read(*body, source);
  if (!said) {
    reading.words = said.error().message;
  } else if (!*said) {
    reading.words = source.breaker.empty()
                        ? "it names no breaker"
                        : "it does not name the breaker " + quoted(visible(source.breaker));
  } else {
    reading.claim = (*said)->claim;
    reading.words = (*said)->words;
  }
  return reading;
}

}  // namespace

void Log::answered(TimePoint asked, TimePoint answered, const Result<std::string>& body) {
  auto reading = reading_of(source_, asked, answered, body);
  const std::scoped_lock lock(mutex_);
  const auto last = readings_.empty() ? TimePoint{} : readings_.back().answered;
  if (source_.kind->streams && body && !reading.claim && answered - last < silence) {
    return;
  }
  readings_.push_back(std::move(reading));
}

std::vector<Reading> Log::readings() const {
  const std::scoped_lock lock(mutex_);
  return readings_;
}

}  // namespace tripcurve::claims
