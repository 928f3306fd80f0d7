import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.Hashtable;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/**
 * Judges what the suite signed and signs what the suite then judges, in the folder that is the argument. Prints one line a
 * check. Signatures and time stamps are BouncyCastle's own; an archive time stamp, which it does not know, is computed here
 * with its ASN.1 classes after ETSI EN 319 122-1 §5.5.2 and §5.5.3.
 */
@SuppressWarnings({"unchecked", "rawtypes"})
public class SignatureExchange {
  static final String NATIONAL = "1.2.156.10197.6.1.4.2.";
  static final ASN1ObjectIdentifier SIGNATURE_TIME_STAMP = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.14");
  static final ASN1ObjectIdentifier ARCHIVE_TIME_STAMP = new ASN1ObjectIdentifier("0.4.0.1733.2.4");
  static final ASN1ObjectIdentifier HASH_INDEX = new ASN1ObjectIdentifier("0.4.0.19122.1.5");
  static final ASN1ObjectIdentifier POLICY = new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.1.1");
  static Path folder;

  interface Check {
    boolean run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    folder = Path.of(arguments[0]);
    for (String family : List.of("sm2", "p256")) {
      check(family + " attached", () -> verifies(cms(family + "-attached.p7s")));
      check(family + " detached", () -> verifies(new CMSSignedData(
          new CMSProcessableByteArray(read("content")), read(family + "-detached.p7s"))));
      check(family + " other content refused", () -> !verifies(new CMSSignedData(
          new CMSProcessableByteArray("other".getBytes()), read(family + "-detached.p7s"))));
      check(family + " counter-signature", () -> counterSignatureVerifies(cms(family + "-countersigned.p7s"), family));
      check(family + " token", () -> tokenIsValid(family));
      check(family + " response", () -> responseFits(family));
      check(family + " signature time stamp", () -> signatureIsStamped(cms(family + "-lta.p7s"), family));
      check(family + " archive time stamp", () -> archiveImprintIsRight(cms(family + "-lta.p7s"), digestName(family)));
      sign(family);
      stamp(family);
      archive(family);
    }
    check("national attached", () -> verifies(cms("national.p7s")));
    check("national type", () -> cms("national.p7s").getSignedContentTypeOID().equals(NATIONAL + "1"));
    signNational();
  }

  static void check(String name, Check body) {
    String result;
    try {
      result = body.run() ? "ok" : "no";
    } catch (Exception problem) {
      result = problem.toString().replace('\n', ' ');
    }
    System.out.println(name + ": " + result);
  }

  static byte[] read(String name) throws Exception {
    return Files.readAllBytes(folder.resolve(name));
  }

  static void write(String name, byte[] bytes) throws Exception {
    Files.write(folder.resolve(name), bytes);
  }

  static CMSSignedData cms(String name) throws Exception {
    return new CMSSignedData(read(name));
  }

  static X509CertificateHolder certificate(String name) throws Exception {
    return new X509CertificateHolder(read(name + ".der"));
  }

  static PrivateKey key(String name) throws Exception {
    return KeyFactory.getInstance("EC", "BC").generatePrivate(new PKCS8EncodedKeySpec(read(name + ".key")));
  }

  static String digestName(String family) {
    return family.equals("sm2") ? "SM3" : "SHA-256";
  }

  static String signatureName(String family) {
    return family.equals("sm2") ? "SM3withSM2" : "SHA256withECDSA";
  }

  static byte[] digest(String algorithm, byte[]... parts) throws Exception {
    MessageDigest digest = MessageDigest.getInstance(algorithm, "BC");
    for (byte[] part : parts) digest.update(part);
    return digest.digest();
  }

  static X509CertificateHolder certificateOf(SignerInformation signer, CMSSignedData signed) {
    return (X509CertificateHolder) signed.getCertificates().getMatches(signer.getSID()).iterator().next();
  }

  static boolean verifiesWith(SignerInformation signer, X509CertificateHolder certificate) throws Exception {
    try {
      return signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate));
    } catch (org.bouncycastle.cms.CMSSignerDigestMismatchException mismatch) {
      return false;
    }
  }

  static boolean verifies(CMSSignedData signed) throws Exception {
    if (signed.getSignerInfos().size() == 0) return false;
    for (SignerInformation signer : signed.getSignerInfos()) {
      if (!verifiesWith(signer, certificateOf(signer, signed))) return false;
    }
    return true;
  }

  static boolean counterSignatureVerifies(CMSSignedData signed, String family) throws Exception {
    SignerInformation signer = signed.getSignerInfos().iterator().next();
    SignerInformation counter = signer.getCounterSignatures().iterator().next();
    return verifies(signed) && verifiesWith(counter, certificate(family + "-second"));
  }

  static boolean isValid(TimeStampToken token, String family, byte[] imprint) throws Exception {
    token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate(family + "-tsa")));
    return Arrays.equals(token.getTimeStampInfo().getMessageImprintDigest(), imprint);
  }

  static boolean tokenIsValid(String family) throws Exception {
    byte[] imprint = digest(digestName(family), read("content"));
    return isValid(new TimeStampToken(cms(family + "-token.der")), family, imprint);
  }

  static boolean responseFits(String family) throws Exception {
    TimeStampRequest request = new TimeStampRequest(read(family + "-request.tsq"));
    new TimeStampResponse(read(family + "-response.tsr")).validate(request);
    return true;
  }

  static boolean signatureIsStamped(CMSSignedData signed, String family) throws Exception {
    SignerInformation signer = signed.getSignerInfos().iterator().next();
    TimeStampToken token = tokenIn(signer, SIGNATURE_TIME_STAMP);
    return verifies(signed) && isValid(token, family, digest(digestName(family), signer.getSignature()));
  }

  static TimeStampToken tokenIn(SignerInformation signer, ASN1ObjectIdentifier type) throws Exception {
    ASN1Encodable value = signer.getUnsignedAttributes().get(type).getAttributeValues()[0];
    return new TimeStampToken(ContentInfo.getInstance(value));
  }

  /** The members of the SignedData: version, digests, content, [0] certificates, [1] revocation values, signers. */
  static ASN1Sequence signedDataOf(CMSSignedData signed) {
    return ASN1Sequence.getInstance(signed.toASN1Structure().getContent());
  }

  static List<byte[]> digestsOfSet(ASN1Sequence signedData, int tag, String algorithm) throws Exception {
    List<byte[]> digests = new ArrayList<>();
    for (ASN1Encodable member : signedData) {
      if (member instanceof ASN1TaggedObject && ((ASN1TaggedObject) member).getTagNo() == tag) {
        for (ASN1Encodable element : ASN1Set.getInstance((ASN1TaggedObject) member, false)) {
          digests.add(digest(algorithm, element.toASN1Primitive().getEncoded()));
        }
      }
    }
    return digests;
  }

  static List<byte[]> digestsOfAttributes(SignerInformation signer, ASN1ObjectIdentifier without, String algorithm)
      throws Exception {
    List<byte[]> digests = new ArrayList<>();
    ASN1EncodableVector attributes = signer.getUnsignedAttributes().toASN1EncodableVector();
    for (int index = 0; index < attributes.size(); index++) {
      Attribute attribute = Attribute.getInstance(attributes.get(index));
      if (attribute.getAttrType().equals(without)) continue;
      for (ASN1Encodable value : attribute.getAttributeValues()) {
        digests.add(digest(algorithm, attribute.getAttrType().getEncoded(), value.toASN1Primitive().getEncoded()));
      }
    }
    return digests;
  }

  static DERSequence octetStrings(List<byte[]> values) {
    ASN1EncodableVector strings = new ASN1EncodableVector();
    for (byte[] value : values) strings.add(new DEROctetString(value));
    return new DERSequence(strings);
  }

  static AlgorithmIdentifier digestIdentifier(String algorithm) {
    return new AlgorithmIdentifier(new ASN1ObjectIdentifier(
        algorithm.equals("SM3") ? "1.2.156.10197.1.401" : "2.16.840.1.101.3.4.2.1"));
  }

  static byte[] archiveImprint(CMSSignedData signed, byte[] index, String algorithm) throws Exception {
    ASN1Sequence signedData = signedDataOf(signed);
    ASN1Sequence encapsulated = ASN1Sequence.getInstance(signedData.getObjectAt(2));
    MessageDigest imprint = MessageDigest.getInstance(algorithm, "BC");
    imprint.update(encapsulated.getObjectAt(0).toASN1Primitive().getEncoded());
    byte[] content = ASN1OctetString.getInstance((ASN1TaggedObject) encapsulated.getObjectAt(1), true).getOctets();
    imprint.update(digest(algorithm, content));
    ASN1Set signers = ASN1Set.getInstance(signedData.getObjectAt(signedData.size() - 1));
    ASN1Sequence signer = ASN1Sequence.getInstance(signers.getObjectAt(0));
    // version, sid, digestAlgorithm, signedAttrs, signatureAlgorithm, signature
    for (int member = 0; member < 6; member++) {
      imprint.update(signer.getObjectAt(member).toASN1Primitive().getEncoded());
    }
    imprint.update(index);
    return imprint.digest();
  }

  static boolean sameDigests(ASN1Encodable listed, List<byte[]> computed) {
    ASN1Sequence list = ASN1Sequence.getInstance(listed);
    if (list.size() != computed.size()) return false;
    for (ASN1Encodable value : list) {
      byte[] octets = ASN1OctetString.getInstance(value).getOctets();
      if (computed.stream().noneMatch((other) -> Arrays.equals(other, octets))) return false;
    }
    return true;
  }

  static boolean archiveImprintIsRight(CMSSignedData signed, String algorithm) throws Exception {
    SignerInformation signer = signed.getSignerInfos().iterator().next();
    TimeStampToken token = tokenIn(signer, ARCHIVE_TIME_STAMP);
    ASN1Encodable value = token.getUnsignedAttributes().get(HASH_INDEX).getAttributeValues()[0];
    ASN1Sequence index = ASN1Sequence.getInstance(value);
    ASN1Sequence signedData = signedDataOf(signed);
    byte[] imprint = archiveImprint(signed, index.getEncoded(), algorithm);
    return AlgorithmIdentifier.getInstance(index.getObjectAt(0)).equals(digestIdentifier(algorithm))
        && sameDigests(index.getObjectAt(1), digestsOfSet(signedData, 0, algorithm))
        && sameDigests(index.getObjectAt(2), digestsOfSet(signedData, 1, algorithm))
        && sameDigests(index.getObjectAt(3), digestsOfAttributes(signer, ARCHIVE_TIME_STAMP, algorithm))
        && Arrays.equals(imprint, token.getTimeStampInfo().getMessageImprintDigest());
  }

  static CMSSignedData signedBy(String family, ASN1ObjectIdentifier type) throws Exception {
    CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
    generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
        new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
        .build(new JcaContentSignerBuilder(signatureName(family)).setProvider("BC").build(key(family + "-signer")),
            certificate(family + "-signer")));
    generator.addCertificates(new JcaCertStore(List.of(certificate(family + "-signer"))));
    return generator.generate(new CMSProcessableByteArray(type, read("content")), true);
  }

  static void sign(String family) throws Exception {
    CMSSignedData signed = signedBy(family, new ASN1ObjectIdentifier("1.2.840.113549.1.7.1"));
    // BouncyCastle writes indefinite lengths by itself.
    write(family + "-theirs.p7s", signed.getEncoded());
    write(family + "-theirs-der.p7s", signed.getEncoded(ASN1Encoding.DER));
  }

  static void signNational() throws Exception {
    CMSSignedData signed = signedBy("sm2", new ASN1ObjectIdentifier(NATIONAL + "1"));
    ContentInfo info = new ContentInfo(
        new ASN1ObjectIdentifier(NATIONAL + "2"), signed.toASN1Structure().getContent());
    write("national-theirs.p7s", info.getEncoded(ASN1Encoding.DER));
  }

  static TimeStampToken stamped(String family, byte[] imprint, Date time) throws Exception {
    AlgorithmIdentifier algorithm = digestIdentifier(digestName(family));
    TimeStampTokenGenerator generator = new TimeStampTokenGenerator(
        new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
            .build(new JcaContentSignerBuilder(signatureName(family)).setProvider("BC").build(key(family + "-tsa")),
                certificate(family + "-tsa")),
        new JcaDigestCalculatorProviderBuilder().setProvider("BC").build().get(algorithm),
        POLICY);
    generator.addCertificates(new JcaCertStore(List.of(certificate(family + "-tsa"))));
    generator.setAccuracySeconds(1);
    TimeStampRequestGenerator requests = new TimeStampRequestGenerator();
    requests.setCertReq(true);
    TimeStampRequest request = requests.generate(algorithm.getAlgorithm(), imprint, BigInteger.valueOf(77));
    return generator.generate(request, BigInteger.valueOf(4711), time);
  }

  static void stamp(String family) throws Exception {
    byte[] imprint = digest(digestName(family), read("content"));
    write(family + "-theirs.tst", stamped(family, imprint, new Date(1795334400000L)).getEncoded());
  }

  /** Archives our signature of level LT: index, imprint, token, and the index put into the token. */
  static void archive(String family) throws Exception {
    String algorithm = digestName(family);
    CMSSignedData signed = cms(family + "-lt.p7s");
    SignerInformation signer = signed.getSignerInfos().iterator().next();
    ASN1Sequence signedData = signedDataOf(signed);
    DERSequence index = new DERSequence(new ASN1Encodable[] {
      digestIdentifier(algorithm),
      octetStrings(digestsOfSet(signedData, 0, algorithm)),
      octetStrings(digestsOfSet(signedData, 1, algorithm)),
      octetStrings(digestsOfAttributes(signer, ARCHIVE_TIME_STAMP, algorithm)),
    });
    // 2026-11-24T00:00:00Z
    TimeStampToken token = stamped(
        family, archiveImprint(signed, index.getEncoded(), algorithm), new Date(1795478400000L));
    CMSSignedData tokenData = token.toCMSSignedData();
    SignerInformation stamper = tokenData.getSignerInfos().iterator().next();
    Hashtable<ASN1ObjectIdentifier, Attribute> own = new Hashtable<>();
    own.put(HASH_INDEX, new Attribute(HASH_INDEX, new DERSet(index)));
    SignerInformation indexed = SignerInformation.replaceUnsignedAttributes(stamper, new AttributeTable(own));
    CMSSignedData withIndex = CMSSignedData.replaceSigners(tokenData, new SignerInformationStore(indexed));
    AttributeTable table = signer.getUnsignedAttributes()
        .add(ARCHIVE_TIME_STAMP, withIndex.toASN1Structure().toASN1Primitive());
    SignerInformation archived = SignerInformation.replaceUnsignedAttributes(signer, table);
    write(family + "-theirs-lta.p7s",
        CMSSignedData.replaceSigners(signed, new SignerInformationStore(archived)).getEncoded());
  }
}
