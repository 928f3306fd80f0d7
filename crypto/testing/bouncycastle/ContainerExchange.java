import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;
import org.bouncycastle.util.BigIntegers;

/**
 * Opens what Yinxin wrote into the folder given, and writes there what Yinxin is to open. Prints a line for each thing
 * done; a line that begins with FAILED says what was not.
 */
public final class ContainerExchange {
    private static final char[] PASSWORD = "secret".toCharArray();
    private static Path folder;

    private interface Step {
        void run() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(args[0]);
        for (String kind : new String[] {"RSA", "P-256", "SM2", "Ed25519"}) {
            for (String protection : new String[] {"modern", "old"}) {
                step("keystore " + kind + " " + protection, () -> openKeyStore(kind, protection));
            }
        }
        for (String name : new String[] {"SM3", "SHA-512"}) {
            step("pkcs8 " + name, () -> openKey("pkcs8-" + name + ".der"));
        }
        for (String kind : new String[] {"RSA", "P-256"}) {
            step("cbc " + kind, () -> expectContent(new CMSEnvelopedData(read("cbc-" + kind + ".der"))
                    .getRecipientInfos().iterator().next(), kind));
            step("gcm " + kind, () -> expectContent((RecipientInformation) new CMSAuthEnvelopedData(
                    read("gcm-" + kind + ".der")).getRecipientInfos().iterator().next(), kind));
            step("write " + kind, () -> writeEnvelope(kind));
        }
        step("national SM2", ContainerExchange::openNational);
        step("enveloped key SM2", ContainerExchange::openEnvelopedKey);
        step("write keystore SM2", ContainerExchange::writeKeyStore);
    }

    private static void step(String name, Step step) {
        try {
            step.run();
            System.out.println("ok " + name);
        } catch (Exception cause) {
            System.out.println("FAILED " + name + ": " + cause);
        }
    }

    private static byte[] read(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    private static PrivateKey keyOf(String kind) throws Exception {
        String algorithm = kind.equals("RSA") ? "RSA" : kind.equals("Ed25519") ? "Ed25519" : "EC";
        return KeyFactory.getInstance(algorithm, "BC").generatePrivate(new PKCS8EncodedKeySpec(read(kind + ".key")));
    }

    private static X509Certificate certificateOf(String kind) throws Exception {
        try (FileInputStream in = new FileInputStream(folder.resolve(kind + ".crt").toFile())) {
            return (X509Certificate) CertificateFactory.getInstance("X.509", "BC").generateCertificate(in);
        }
    }

    private static void expectSame(byte[] expected, byte[] found) {
        if (!Arrays.equals(expected, found)) {
            throw new IllegalStateException("other octets came out");
        }
    }

    private static void openKeyStore(String kind, String protection) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12", "BC");
        try (FileInputStream in = new FileInputStream(folder.resolve(kind + "-" + protection + ".p12").toFile())) {
            store.load(in, PASSWORD);
        }
        if (!store.isKeyEntry("key " + kind)) {
            throw new IllegalStateException("there is no key");
        }
        PrivateKey key = (PrivateKey) store.getKey("key " + kind, PASSWORD);
        Object expected = keyOf(kind);
        if (!expected.equals(key)) {
            throw new IllegalStateException("another key came out");
        }
        Certificate[] chain = store.getCertificateChain("key " + kind);
        expectSame(read(kind + ".crt"), chain[0].getEncoded());
    }

    private static void openKey(String name) throws Exception {
        PKCS8EncryptedPrivateKeyInfo encrypted = new PKCS8EncryptedPrivateKeyInfo(read(name));
        PrivateKeyInfo key = encrypted.decryptPrivateKeyInfo(
                new JcePKCSPBEInputDecryptorProviderBuilder().setProvider("BC").build(PASSWORD));
        expectSame(read("SM2.key"), key.getEncoded(ASN1Encoding.DER));
    }

    private static void expectContent(RecipientInformation information, String kind) throws Exception {
        Recipient recipient = kind.equals("RSA")
                ? new JceKeyTransEnvelopedRecipient(keyOf(kind)).setProvider("BC")
                : new JceKeyAgreeEnvelopedRecipient(keyOf(kind)).setProvider("BC");
        expectSame(read("content"), information.getContent(recipient));
    }

    private static void writeEnvelope(String kind) throws Exception {
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        if (kind.equals("RSA")) {
            OAEPParameterSpec oaep = new OAEPParameterSpec(
                    "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);
            AlgorithmIdentifier algorithm = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
                    new ASN1ObjectIdentifier("1.2.840.113549.1.1.7"), oaep);
            generator.addRecipientInfoGenerator(
                    new JceKeyTransRecipientInfoGenerator(certificateOf(kind), algorithm).setProvider("BC"));
        } else {
            java.security.KeyPairGenerator pairs = java.security.KeyPairGenerator.getInstance("EC", "BC");
            pairs.initialize(new java.security.spec.ECGenParameterSpec("P-256"));
            java.security.KeyPair sender = pairs.generateKeyPair();
            generator.addRecipientInfoGenerator(new JceKeyAgreeRecipientInfoGenerator(
                    CMSAlgorithm.ECDH_SHA256KDF, sender.getPrivate(), sender.getPublic(), CMSAlgorithm.AES256_WRAP)
                    .addRecipient(certificateOf(kind)).setProvider("BC"));
        }
        CMSEnvelopedData data = generator.generate(new CMSProcessableByteArray(read("content")),
                new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider("BC").build());
        Files.write(folder.resolve("written-" + kind + ".der"), data.getEncoded());
    }

    private static ECPrivateKeyParameters sm2Key() throws Exception {
        return (ECPrivateKeyParameters) PrivateKeyFactory.createKey(read("SM2.key"));
    }

    /** SM2Cipher (GB/T 35276) into the raw form that the engine takes. */
    private static byte[] decryptSm2(ASN1Sequence cipher) throws Exception {
        byte[] x = BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(cipher.getObjectAt(0)).getValue());
        byte[] y = BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(cipher.getObjectAt(1)).getValue());
        byte[] hash = ASN1OctetString.getInstance(cipher.getObjectAt(2)).getOctets();
        byte[] text = ASN1OctetString.getInstance(cipher.getObjectAt(3)).getOctets();
        byte[] raw = org.bouncycastle.util.Arrays.concatenate(
                new byte[][] {new byte[] {4}, x, y, hash, text});
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, sm2Key());
        return engine.processBlock(raw, 0, raw.length);
    }

    private static void openNational() throws Exception {
        ASN1Sequence info = ASN1Sequence.getInstance(read("national.der"));
        expectSame("1.2.156.10197.6.1.4.2.3".getBytes(), info.getObjectAt(0).toString().getBytes());
        ASN1Sequence body = ASN1Sequence.getInstance(ASN1TaggedObject.getInstance(info.getObjectAt(1)).getObject());
        ASN1Sequence recipient = ASN1Sequence.getInstance(ASN1Set.getInstance(body.getObjectAt(1)).getObjectAt(0));
        byte[] encryptedKey = ASN1OctetString.getInstance(recipient.getObjectAt(3)).getOctets();
        byte[] key = decryptSm2(ASN1Sequence.getInstance(encryptedKey));
        ASN1Sequence encrypted = ASN1Sequence.getInstance(body.getObjectAt(2));
        AlgorithmIdentifier algorithm = AlgorithmIdentifier.getInstance(encrypted.getObjectAt(1));
        if (!algorithm.getAlgorithm().equals(GMObjectIdentifiers.sms4_cbc)) {
            throw new IllegalStateException("not SM4-CBC");
        }
        byte[] iv = ASN1OctetString.getInstance(algorithm.getParameters()).getOctets();
        javax.crypto.Cipher cipher = javax.crypto.Cipher.getInstance("SM4/CBC/PKCS7Padding", "BC");
        cipher.init(javax.crypto.Cipher.DECRYPT_MODE, new javax.crypto.spec.SecretKeySpec(key, "SM4"),
                new javax.crypto.spec.IvParameterSpec(iv));
        byte[] octets = ASN1OctetString.getInstance(
                ASN1TaggedObject.getInstance(encrypted.getObjectAt(2)), false).getOctets();
        expectSame(read("content"), cipher.doFinal(octets));
    }

    private static void openEnvelopedKey() throws Exception {
        ASN1Sequence envelope = ASN1Sequence.getInstance(read("enveloped-key.der"));
        byte[] key = decryptSm2(ASN1Sequence.getInstance(envelope.getObjectAt(1)));
        SM4Engine engine = new SM4Engine();
        engine.init(false, new KeyParameter(key));
        byte[] encrypted = ASN1BitString.getInstance(envelope.getObjectAt(3)).getOctets();
        byte[] scalar = new byte[32];
        engine.processBlock(encrypted, 0, scalar, 0);
        engine.processBlock(encrypted, 16, scalar, 16);
        expectSame(read("handed-scalar"), scalar);
    }

    private static void writeKeyStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12", "BC");
        store.load(null, null);
        store.setKeyEntry("key SM2", keyOf("SM2"), PASSWORD, new Certificate[] {certificateOf("SM2")});
        try (java.io.OutputStream out = Files.newOutputStream(folder.resolve("written-SM2.p12"))) {
            store.store(out, PASSWORD);
        }
    }
}
