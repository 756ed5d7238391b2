#include "faults/sparing.hpp"

namespace tripcurve::faults {
namespace {

using Ending = Delivery::Ending;

std::shared_ptr<const Course> with(const Course& course, Delivery delivery) {
  auto changed = course;
  changed.delivery = std::move(delivery);
  return std::make_shared<const Course>(std::move(changed));
}

// How fast it comes, and nothing else.
Delivery pace_alone(const Delivery& delivery) {
  return {.head_gap = delivery.head_gap,
          .bytes_per_second = delivery.bytes_per_second,
          .pieces = delivery.pieces,
          .over = delivery.over,
          .slice = delivery.slice,
          .gap = delivery.gap};
}

}  // namespace

bool spares(const Delivery& delivery, std::optional<std::uint64_t> size) {
  const bool cuts = delivery.ending == Ending::closes || delivery.ending == Ending::stalls;
  return cuts && delivery.extent.unit == Extent::Unit::bytes && size &&
         *size <= delivery.extent.bytes;
}

bool spares_upgraded(const Delivery& delivery) {
  const bool cuts = delivery.extent.unit != Extent::Unit::all;
  const bool comes_late = delivery.framing == Delivery::Framing::until_close;
  const bool floods = delivery.form == Delivery::Form::header_flood;
  return delivery.form == Delivery::Form::bad_chunk || !(cuts || comes_late || floods);
}

std::shared_ptr<const Course> spared(const Course& course) {
  return with(course, pace_alone(course.delivery));
}

std::shared_ptr<const Course> for_upgraded(const Course& course) {
  auto delivery = course.delivery;
  if (delivery.extent.unit == Extent::Unit::all) {
    delivery.ending = Ending::stays;  // as both sides end it
  }
  delivery.framing = Delivery::Framing::until_close;
  return with(course, std::move(delivery));
}

}  // namespace tripcurve::faults
