// What Java's exception classes stand for when an HTTP call of a Spring application ends in one.
#pragma once

#include "importer/draft.hpp"

namespace tripcurve::importer {

// Of resilience4j's recordExceptions and ignoreExceptions (either may be null): what the breaker
// counts, as far as the classes are those of Spring, Feign and the JDK. What cannot be told is a
// warning.
void take_exceptions(Draft& draft, const Node* recorded, const Node* ignored);

}  // namespace tripcurve::importer
