// The values of an experiment file as regular expressions, for its schema. Every one is in brackets
// where it must be, so that it can be part of a larger one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripcurve::experiment::pattern {

[[nodiscard]] std::string duration();
[[nodiscard]] std::string more_than_nothing(const std::string& number);  // not zero
[[nodiscard]] std::string share();
[[nodiscard]] std::string rate();
[[nodiscard]] std::string stage_rate();     // 200/s or 50/s->200/s
[[nodiscard]] std::string stage_workers();  // 200 or 0->200
[[nodiscard]] std::string latency();
[[nodiscard]] std::string abandonment();  // 2% after 300ms
[[nodiscard]] std::string errors();
[[nodiscard]] std::string rate_limit();
[[nodiscard]] std::string capacity();
[[nodiscard]] std::string sizes();
[[nodiscard]] std::string bandwidth();
[[nodiscard]] std::string body_pace();
[[nodiscard]] std::string mishap();
[[nodiscard]] std::string event_stream();
[[nodiscard]] std::string path();
[[nodiscard]] std::string method();
[[nodiscard]] std::string phase_name();
[[nodiscard]] std::string match();        // POST /pay/** x-tenant=gold
[[nodiscard]] std::string endpoint();     // POST /refunds
[[nodiscard]] std::string phase();        // the flag's form
[[nodiscard]] std::string breaker();      // the flag's form
[[nodiscard]] std::string expectation();  // metrics, comparisons, bounds in the metric's unit

// One of the words, as they are, or in any case.
[[nodiscard]] std::string one_of(const std::vector<std::string>& words);
[[nodiscard]] std::string any_case(std::string_view word);

// The pattern of a value that is `text` as a whole, or has a variable in it.
[[nodiscard]] std::string whole(const std::string& text);

}  // namespace tripcurve::experiment::pattern
