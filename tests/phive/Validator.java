import com.helger.diagnostics.error.IError;
import com.helger.diver.api.coord.DVRCoordinate;
import com.helger.io.resource.FileSystemResource;
import com.helger.phive.api.executor.IValidationExecutor;
import com.helger.phive.api.executorset.ValidationExecutorSetRegistry;
import com.helger.phive.api.validity.IValidityDeterminator;
import com.helger.phive.en16931.EN16931Validation;
import com.helger.phive.peppol.PeppolValidation;
import com.helger.phive.xml.schematron.ValidationExecutorSchematron;
import com.helger.phive.xml.source.IValidationSourceXML;
import com.helger.phive.xml.source.ValidationSourceXML;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Holds invoices to the Schematron of rule sets. Each line of the file named is a set's coordinate, a tab and a path. */
public final class Validator {
  public static void main(String[] args) throws Exception {
    var registry = new ValidationExecutorSetRegistry<IValidationSourceXML>();
    EN16931Validation.initEN16931(registry);
    PeppolValidation.initStandard(registry);
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] job = line.split("\t");
      var set = registry.getOfID(DVRCoordinate.parseOrThrow(job[0]));
      var source = ValidationSourceXML.create(new FileSystemResource(new File(job[1])));
      for (IValidationExecutor<IValidationSourceXML> each : set.executors()) {
        if (each instanceof ValidationExecutorSchematron) {
          var result = each.applyValidation(source, IValidityDeterminator.createDefault(), Locale.ENGLISH);
          for (IError error : result.getErrorList()) {
            String level = error.isError() ? "error" : "warning";
            System.out.println(String.join("\t", job[1], error.getErrorID(), level, error.getErrorFieldName()));
          }
        }
      }
    }
  }
}
