// Calls URL once with HttpURLConnection and prints how that ended.
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;

public class Client {
  public static void main(String[] args) throws Exception {
    var millis = (int) (Double.parseDouble(args[1]) * 1000);
    var call = (HttpURLConnection) URI.create(args[0]).toURL().openConnection();
    call.setConnectTimeout(millis);
    call.setReadTimeout(millis);
    var status = "";
    try {
      status = call.getResponseCode() + ", then ";
      call.getInputStream().transferTo(OutputStream.nullOutputStream());
      System.out.println(call.getResponseCode());
    } catch (IOException error) {
      System.out.println(status + error.getClass().getSimpleName() + ": " + error.getMessage());
    }
    System.exit(0);
  }
}
