package recorders;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.lang.reflect.Method;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;

/** Fills the classes that resilience4j's Spring modules fill from properties, and the clock it is told. */
final class Settings {
  static final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return Instant.ofEpochMilli(FakeTime.now());
        }

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          throw new UnsupportedOperationException();
        }
      };

  private Settings() {}

  static void set(Object properties, String key, JsonElement value) throws Exception {
    String setter = "set" + Character.toUpperCase(key.charAt(0)) + key.substring(1);
    Method method =
        Arrays.stream(properties.getClass().getMethods())
            .filter(candidate -> candidate.getName().equals(setter))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("config: no property " + key));
    method.invoke(properties, as(method.getParameterTypes()[0], value));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Object as(Class<?> type, JsonElement value) throws Exception {
    if (type == Integer.class) {
      return value.getAsInt();
    } else if (type == Float.class) {
      return value.getAsFloat();
    } else if (type == Double.class) {
      return value.getAsDouble();
    } else if (type == Boolean.class) {
      return value.getAsBoolean();
    } else if (type == Duration.class) {
      return Duration.ofMillis(Long.parseLong(value.getAsString().replaceFirst("ms$", "")));
    } else if (type.isEnum()) {
      return Enum.valueOf((Class<Enum>) type, value.getAsString());
    } else if (type == Class[].class) {
      JsonArray names = value.getAsJsonArray();
      Class<?>[] classes = new Class<?>[names.size()];
      for (int i = 0; i < classes.length; i++) {
        classes[i] = Class.forName(names.get(i).getAsString());
      }
      return classes;
    }
    throw new IllegalArgumentException("config: " + value + " for a " + type);
  }
}
