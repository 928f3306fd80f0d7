import java.io.File;
import java.io.FileInputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;

import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/**
 * BouncyCastle judges what we issued, and issues what we judge.
 *
 * <p>Arguments: the folder. In each subfolder of {@code ours} are DER files by our writers; one line is printed for each
 * judgement. For each subfolder of {@code theirs}, named after a BouncyCastle algorithm, files of the same names are made.
 */
public class RevocationExchange {
    static final DigestCalculatorProvider digests = digests();

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        File folder = new File(args[0]);
        Date at = new Date(Long.parseLong(args[1]));
        for (File ours : foldersIn(new File(folder, "ours"))) judge(ours, at);
        for (File theirs : foldersIn(new File(folder, "theirs"))) make(theirs, at);
    }

    static DigestCalculatorProvider digests() {
        try {
            return new JcaDigestCalculatorProviderBuilder().setProvider(new BouncyCastleProvider()).build();
        } catch (Exception cause) {
            throw new IllegalStateException(cause);
        }
    }

    static File[] foldersIn(File folder) {
        File[] found = folder.listFiles(File::isDirectory);
        return found == null ? new File[0] : found;
    }

    static byte[] read(File folder, String name) throws Exception {
        return Files.readAllBytes(new File(folder, name).toPath());
    }

    static void say(File folder, String what, Object result) {
        System.out.println(folder.getName() + " " + what + ": " + result);
    }

    static void judge(File folder, Date at) throws Exception {
        for (String end : new String[] {"good", "revoked"}) say(folder, "path of " + end, path(folder, end, at));
        PKCS10CertificationRequest request = new PKCS10CertificationRequest(read(folder, "request.der"));
        say(folder, "request", request.isSignatureValid(verifier(request.getSubjectPublicKeyInfo())));
        for (String end : new String[] {"good", "revoked"}) say(folder, "response for " + end, response(folder, end));
    }

    /** With the whole of PKIX, revocation by the two lists included. */
    static String path(File folder, String end, Date at) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        List<X509Certificate> certificates = new ArrayList<>();
        for (String name : new String[] {end, "authority"}) certificates.add(certificate(factory, folder, name));
        List<Object> evidence = new ArrayList<>();
        for (String name : new String[] {"root-list.der", "authority-list.der"}) {
            try (FileInputStream in = new FileInputStream(new File(folder, name))) {
                evidence.add((X509CRL) factory.generateCRL(in));
            }
        }
        TrustAnchor anchor = new TrustAnchor(certificate(factory, folder, "root"), null);
        PKIXParameters parameters = new PKIXParameters(Collections.singleton(anchor));
        parameters.addCertStore(
            CertStore.getInstance("Collection", new CollectionCertStoreParameters(evidence), "BC"));
        parameters.setDate(at);
        parameters.setRevocationEnabled(true);
        CertPath chain = factory.generateCertPath(certificates);
        try {
            CertPathValidator.getInstance("PKIX", "BC").validate(chain, parameters);
            return "valid";
        } catch (CertPathValidatorException cause) {
            return "invalid, " + cause.getMessage();
        }
    }

    static X509Certificate certificate(CertificateFactory factory, File folder, String name) throws Exception {
        try (FileInputStream in = new FileInputStream(new File(folder, name + ".der"))) {
            return (X509Certificate) factory.generateCertificate(in);
        }
    }

    static ContentVerifierProvider verifier(X509CertificateHolder holder) throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider("BC").build(holder);
    }

    static ContentVerifierProvider verifier(org.bouncycastle.asn1.x509.SubjectPublicKeyInfo key) throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider("BC").build(key);
    }

    static String response(File folder, String end) throws Exception {
        X509CertificateHolder issuer = new X509CertificateHolder(read(folder, "authority.der"));
        X509CertificateHolder certificate = new X509CertificateHolder(read(folder, end + ".der"));
        OCSPReq request = new OCSPReq(read(folder, end + "-request.der"));
        OCSPResp response = new OCSPResp(read(folder, end + "-response.der"));
        BasicOCSPResp basic = (BasicOCSPResp) response.getResponseObject();
        X509CertificateHolder responder = basic.getCerts()[0];
        if (!responder.isSignatureValid(verifier(issuer))) return "the delegate is not the authority's";
        if (!basic.isSignatureValid(verifier(responder))) return "wrong signature";
        Extension sent = request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
        if (!sent.equals(basic.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce))) return "wrong nonce";
        CertificateID asked = request.getRequestList()[0].getCertID();
        SingleResp single = basic.getResponses()[0];
        if (!single.getCertID().equals(asked)) return "another certificate";
        if (!asked.matchesIssuer(issuer, digests)) return "another issuer";
        if (!asked.getSerialNumber().equals(certificate.getSerialNumber())) return "another serial number";
        CertificateStatus status = single.getCertStatus();
        if (status == CertificateStatus.GOOD) return "good";
        return "revoked " + ((RevokedStatus) status).getRevocationReason();
    }

    static final long day = 86_400_000L;

    static void make(File folder, Date at) throws Exception {
        String algorithm = folder.getName();
        KeyPair rootKey = newKey(algorithm);
        KeyPair responderKey = newKey(algorithm);
        X500Name rootName = new X500Name("C=CN,O=BouncyCastle,CN=Root " + algorithm);
        ContentSigner rootSigner = signer(algorithm, rootKey);
        X509CertificateHolder root = certify(rootName, rootName, rootKey, rootKey, 1, at, true, rootSigner);
        X509CertificateHolder responder = certify(
            rootName, new X500Name("CN=Responder"), rootKey, responderKey, 2, at, false, rootSigner);
        X500Name goodName = new X500Name("C=CN,O=BouncyCastle,CN=Good");
        X509CertificateHolder good = certify(rootName, goodName, rootKey, newKey(algorithm), 3, at, false, rootSigner);
        X509CertificateHolder revoked = certify(rootName, goodName, rootKey, newKey(algorithm), 4, at, false, rootSigner);
        write(folder, "root.der", root.getEncoded());
        write(folder, "good.der", good.getEncoded());
        write(folder, "revoked.der", revoked.getEncoded());

        X509v2CRLBuilder list = new X509v2CRLBuilder(rootName, at);
        list.setNextUpdate(new Date(at.getTime() + 7 * day));
        list.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.TEN));
        list.addExtension(Extension.authorityKeyIdentifier, false,
            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(rootKey.getPublic()));
        list.addCRLEntry(revoked.getSerialNumber(), new Date(at.getTime() - day), CRLReason.keyCompromise);
        X509CRLHolder made = list.build(rootSigner);
        write(folder, "list.der", made.getEncoded());

        ContentSigner responderSigner = signer(algorithm, responderKey);
        respond(folder, "good", root, good, responder, responderSigner, CertificateStatus.GOOD, at);
        respond(folder, "revoked", root, revoked, responder, responderSigner,
            new RevokedStatus(new Date(at.getTime() - day), CRLReason.keyCompromise), at);
    }

    static KeyPair newKey(String algorithm) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec(algorithm.contains("SM2") ? "sm2p256v1" : "secp256r1"));
        return generator.generateKeyPair();
    }

    static ContentSigner signer(String algorithm, KeyPair key) throws Exception {
        return new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key.getPrivate());
    }

    static X509CertificateHolder certify(X500Name issuer, X500Name subject, KeyPair issuerKey, KeyPair key, int serial,
            Date at, boolean isAuthority, ContentSigner signer) throws Exception {
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.valueOf(serial),
            new Date(at.getTime() - 30 * day), new Date(at.getTime() + 300 * day), subject, key.getPublic());
        JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
        if (isAuthority) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        } else {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        }
        if (serial == 2) {
            builder.addExtension(Extension.extendedKeyUsage, false,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_OCSPSigning));
        }
        builder.addExtension(Extension.subjectKeyIdentifier, false,
            identifiers.createSubjectKeyIdentifier(key.getPublic()));
        builder.addExtension(Extension.authorityKeyIdentifier, false,
            identifiers.createAuthorityKeyIdentifier(issuerKey.getPublic()));
        return builder.build(signer);
    }

    static void respond(File folder, String end, X509CertificateHolder issuer, X509CertificateHolder certificate,
            X509CertificateHolder responder, ContentSigner signer, CertificateStatus status, Date at) throws Exception {
        // Ours asked with this request, so that the nonce and the digest of names are ours.
        OCSPReq request = new OCSPReq(read(folder, "request.der"));
        ASN1ObjectIdentifier digest = request.getRequestList()[0].getCertID().getHashAlgOID();
        CertificateID id = new CertificateID(digests.get(new AlgorithmIdentifier(digest)), issuer,
            certificate.getSerialNumber());
        BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(new RespID(responder.getSubject()));
        builder.addResponse(id, status, at, new Date(at.getTime() + day), null);
        builder.setResponseExtensions(
            new Extensions(request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce)));
        BasicOCSPResp basic = builder.build(signer, new X509CertificateHolder[] {responder}, at);
        write(folder, end + "-response.der", new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
    }

    static void write(File folder, String name, byte[] content) throws Exception {
        Files.write(new File(folder, name).toPath(), content);
    }
}
