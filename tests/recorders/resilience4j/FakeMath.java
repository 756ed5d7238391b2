package recorders;

import io.github.resilience4j.core.IntervalFunction;
import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;

/** Math for the library's class that draws the random waits; the draws are those of the script. */
public final class FakeMath {
  private static Iterator<Double> draws = List.<Double>of().iterator();

  private FakeMath() {}

  static void draw(List<Double> next) {
    draws = next.iterator();
  }

  public static double random() {
    return draws.next();
  }

  public static double max(double a, double b) {
    return Math.max(a, b);
  }

  /** Loads the class with another name where it has that of Math. */
  static void redirect() throws Exception {
    String name = "/io/github/resilience4j/core/IntervalFunctionCompanion.class";
    try (var in = IntervalFunction.class.getResourceAsStream(name)) {
      String original = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      String changed =
          original.replace(
              constant("java/lang/Math"), constant(FakeMath.class.getName().replace('.', '/')));
      if (changed.equals(original)) {
        throw new IllegalStateException("the class of the random waits does not name Math");
      }
      MethodHandles.privateLookupIn(IntervalFunction.class, MethodHandles.lookup())
          .defineClass(changed.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  /** A text in a class file: CONSTANT_Utf8, its length, its bytes. */
  private static String constant(String text) {
    var out = new ByteArrayOutputStream();
    out.write(1);
    out.write(text.length() >> 8);
    out.write(text.length());
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    return out.toString(StandardCharsets.ISO_8859_1);
  }
}
