// What Java's exception classes stand for when an HTTP call of a Spring application ends in one.
#pragma once

#include <string_view>

#include "client/ending.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// Two lists of classes as the strongest block has each, or null.
struct ExceptionLists {
  const Node* taken = nullptr;    // recordExceptions, retryExceptions
  const Node* ignored = nullptr;  // ignoreExceptions
  // A time limiter ends calls, in a TimeoutException that is none of the HTTP client's.
  bool limited = false;
};

// Of resilience4j's recordExceptions and ignoreExceptions (either may be null): what the breaker
// counts, as far as the classes are those of Spring, Feign and the JDK. What cannot be told is a
// warning.
void take_exceptions(Draft& draft, const ExceptionLists& lists);

// The same lists as rules for one of the library's policies, with what other policies throw: to a
// retry (retryExceptions, ignoreExceptions), what is ignored or not listed is not tried again.
[[nodiscard]] client::EndingRules rules_of(const ExceptionLists& lists);
void warn_of_unknown(Draft& draft, const Node* list, std::string_view what_else);

}  // namespace tripcurve::importer
