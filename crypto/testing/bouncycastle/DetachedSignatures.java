import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Security;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Verifies detached signatures in a folder, with nothing but BouncyCastle: each NAME.p7s over NAME.bin, under roots.pem, at a
 * time in milliseconds. Prints a line for each: NAME, "right" or "wrong", and the SM3 of the signer's certificate.
 */
public final class DetachedSignatures {
  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    Path folder = Path.of(arguments[0]);
    Date at = new Date(Long.parseLong(arguments[1]));
    Set<TrustAnchor> anchors = new HashSet<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
    byte[] roots = Files.readAllBytes(folder.resolve("roots.pem"));
    for (var root : factory.generateCertificates(new ByteArrayInputStream(roots))) {
      anchors.add(new TrustAnchor((X509Certificate) root, null));
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".p7s")).sorted().toList()) {
        String name = file.getFileName().toString().replace(".p7s", "");
        System.out.println(name + " " + judge(folder, name, anchors, at));
      }
    }
  }

  private static String judge(Path folder, String name, Set<TrustAnchor> anchors, Date at) throws Exception {
    try {
      byte[] content = Files.readAllBytes(folder.resolve(name + ".bin"));
      byte[] signature = Files.readAllBytes(folder.resolve(name + ".p7s"));
      CMSSignedData signed = new CMSSignedData(new CMSProcessableByteArray(content), signature);
      List<X509Certificate> certificates = new ArrayList<>();
      JcaX509CertificateConverter converter = new JcaX509CertificateConverter().setProvider("BC");
      for (X509CertificateHolder holder : signed.getCertificates().getMatches(null)) {
        certificates.add(converter.getCertificate(holder));
      }
      SignerInformation signer = signed.getSignerInfos().getSigners().iterator().next();
      X509CertificateHolder holder =
          (X509CertificateHolder) signed.getCertificates().getMatches(signer.getSID()).iterator().next();
      X509Certificate certificate = converter.getCertificate(holder);
      if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate))) return "wrong";
      X509CertSelector target = new X509CertSelector();
      target.setCertificate(certificate);
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
      parameters.setRevocationEnabled(false);
      parameters.setDate(at);
      parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(certificates)));
      CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
      byte[] digest = MessageDigest.getInstance("SM3", "BC").digest(certificate.getEncoded());
      return "right " + HexFormat.of().formatHex(digest);
    } catch (Exception problem) {
      return "wrong " + problem.getMessage();
    }
  }
}
