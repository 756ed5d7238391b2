#include "serve/toxiproxy_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;
using toxics::Proxy;
using toxics::Stream;
using toxics::Toxic;

[[noreturn]] void bad_body(const std::string& words) {
  throw ApiTrouble{400, "bad request body: " + words};
}

[[noreturn]] void bad_body(const Error& error) {
  bad_body(error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

void require_object(const Json& json, std::span<const std::string_view> known) {
  if (!json.is_object()) {
    bad_body("an object was expected");
  }
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      bad_body(Error{fmt::format("unknown key '{}'", visible(key)), did_you_mean(key, known)});
    }
  }
}

// The value of that key; null when it is missing or null.
const Json& value_at(const Json& json, const char* key) {
  static const Json null;
  const auto found = json.find(key);
  return found == json.end() ? null : *found;
}

std::string text_at(const Json& json, const char* key, std::string otherwise) {
  const auto& value = value_at(json, key);
  if (value.is_null()) {
    return otherwise;
  }
  if (!value.is_string()) {
    bad_body(std::string(key) + " must be a string");
  }
  return value.get<std::string>();
}

Share toxicity_at(const Json& json, Share otherwise) {
  const auto& value = value_at(json, "toxicity");
  if (value.is_null()) {
    return otherwise;
  }
  const auto share = value.is_number() ? value.get<double>() : -1;
  if (!(share >= 0 && share <= 1)) {
    bad_body("toxicity must be a number from 0 to 1");
  }
  return Share{share};
}

std::int64_t whole_number(const Json& value, const std::string& name) {
  if (value.is_number_integer() && !value.is_number_unsigned()) {
    return value.get<std::int64_t>();
  }
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (number != std::floor(number) || std::abs(number) > 9e15) {
    bad_body("attribute " + name + " must be a whole number");
  }
  return static_cast<std::int64_t>(number);
}

void read_attributes(const Json& attributes, Toxic& toxic) {
  if (attributes.is_null()) {
    return;
  }
  if (!attributes.is_object()) {
    bad_body("attributes must be an object");
  }
  for (const auto& [name, value] : attributes.items()) {
    const auto index = toxics::find_attribute(*toxic.kind, visible(name));
    if (!index) {
      bad_body(index.error());
    }
    if (!value.is_null()) {
      toxic.values[*index] = whole_number(value, name);
    }
  }
}

void check_values(const Toxic& toxic) {
  if (const auto error = toxics::check(*toxic.kind, toxic.values)) {
    bad_body(*error);
  }
}

Stream stream_at(const Json& json) {
  const auto text = text_at(json, "stream", toxics::word(Stream::downstream));
  for (const auto stream : {Stream::upstream, Stream::downstream}) {
    if (same_word(text, toxics::word(stream))) {
      return stream;
    }
  }
  throw ApiTrouble{400, "stream was invalid, can be either upstream or downstream"};
}

constexpr std::array<std::string_view, 5> toxic_keys{"name", "type", "stream", "toxicity",
                                                     "attributes"};
constexpr std::array<std::string_view, 5> proxy_keys{"name", "listen", "upstream", "enabled",
                                                     "toxics"};

}  // namespace

Json read_json_body(std::string_view text) {
  auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    bad_body("it is not JSON");
  }
  return json;
}

Json json_of(const Toxic& toxic) {
  auto attributes = Json::object();
  for (std::size_t i = 0; i < toxic.values.size(); ++i) {
    attributes[toxic.kind->attributes[i].name] = toxic.values[i];
  }
  Json json{{"attributes", std::move(attributes)},
            {"name", toxic.name},
            {"type", toxic.kind->word},
            {"stream", toxics::word(toxic.stream)}};
  // 1 and not 1.0, as toxiproxy has it.
  const double share = toxic.toxicity.value;
  json["toxicity"] = share == std::floor(share) ? Json(static_cast<int>(share)) : Json(share);
  return json;
}

Json json_of(const std::vector<Toxic>& toxics) {
  auto list = Json::array();
  for (const auto stream : {Stream::upstream, Stream::downstream}) {
    for (const auto& toxic : toxics) {
      if (toxic.stream == stream) {
        list.push_back(json_of(toxic));
      }
    }
  }
  return list;
}

Json json_of(const Proxy& proxy) {
  return {{"name", proxy.name},
          {"listen", proxy.listen},
          {"upstream", proxy.upstream},
          {"enabled", proxy.enabled},
          {"toxics", json_of(proxy.toxics)}};
}

Toxic read_toxic(const Json& json) {
  require_object(json, toxic_keys);
  Toxic toxic;
  toxic.stream = stream_at(json);
  const auto type = text_at(json, "type", "");
  const auto kind = toxics::find_kind(type);
  if (!kind) {
    throw ApiTrouble{400, "invalid toxic type"};
  }
  toxic.kind = *kind;
  toxic.values.assign(toxic.kind->attributes.size(), 0);
  toxic.name = text_at(json, "name", "");
  if (toxic.name.empty()) {
    toxic.name = toxics::usual_name(toxic);
  }
  toxic.toxicity = toxicity_at(json, Share{1});
  read_attributes(value_at(json, "attributes"), toxic);
  check_values(toxic);
  return toxic;
}

Toxic read_toxic_update(const Json& json, const Toxic& before) {
  require_object(json, toxic_keys);
  auto toxic = before;
  if (text_at(json, "name", before.name) != before.name ||
      text_at(json, "type", before.kind->word) != before.kind->word ||
      !same_word(text_at(json, "stream", toxics::word(before.stream)),
                 toxics::word(before.stream))) {
    bad_body("name, type and stream of a toxic cannot be changed; remove it and add another");
  }
  toxic.toxicity = toxicity_at(json, before.toxicity);
  read_attributes(value_at(json, "attributes"), toxic);
  check_values(toxic);
  return toxic;
}

ProxyWish read_proxy(const Json& json, const Proxy& before) {
  require_object(json, proxy_keys);
  ProxyWish wish{before};
  auto& proxy = wish.proxy;
  proxy.name = text_at(json, "name", before.name);
  proxy.listen = text_at(json, "listen", before.listen);
  proxy.upstream = text_at(json, "upstream", before.upstream);
  const auto& enabled = value_at(json, "enabled");
  if (!enabled.is_null() && !enabled.is_boolean()) {
    bad_body("enabled must be true or false");
  }
  proxy.enabled = enabled.is_null() ? before.enabled : enabled.get<bool>();
  const auto& toxics = value_at(json, "toxics");
  if (!toxics.is_null()) {
    if (!toxics.is_array()) {
      bad_body("toxics must be a list");
    }
    wish.toxics.emplace();
    for (const auto& toxic : toxics) {
      wish.toxics->push_back(read_toxic(toxic));
      const auto same = std::ranges::count(*wish.toxics, wish.toxics->back().name, &Toxic::name);
      if (same > 1) {
        throw ApiTrouble{409, "toxic already exists"};
      }
    }
  }
  return wish;
}

void require_complete(const Proxy& proxy, const std::string& place) {
  for (const auto& [name, value] :
       {std::pair{"name", &proxy.name}, {"upstream", &proxy.upstream}}) {
    if (value->empty()) {
      throw ApiTrouble{400, fmt::format("missing required field: {}{}", name, place)};
    }
  }
}

}  // namespace tripcurve::serve
