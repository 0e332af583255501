import com.prowidesoftware.swift.model.mx.AbstractMX;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Reads each file that is named, and prints what it is, from whom to whom, and its document written anew. */
public class Reader {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            AbstractMX message = AbstractMX.parse(Files.readString(Path.of(path)));
            String from = message.getAppHdr() == null ? "" : message.getAppHdr().from();
            String to = message.getAppHdr() == null ? "" : message.getAppHdr().to();
            String document = message.document();
            String told = Base64.getEncoder().encodeToString(document.getBytes(StandardCharsets.UTF_8));
            System.out.println(String.join("\t", path, message.getMxId().id(), from, to, told));
        }
    }
}
