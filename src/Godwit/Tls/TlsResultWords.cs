namespace Godwit.Tls;

/// <summary>The published names of result types.</summary>
public static class TlsResultWords
{
    /// <summary>As it stands in a report: <c>certificate-expired</c>.</summary>
    public static string Name(this TlsResultType type) => type switch
    {
        TlsResultType.StartTlsNotSupported => "starttls-not-supported",
        TlsResultType.CertificateHostMismatch => "certificate-host-mismatch",
        TlsResultType.CertificateExpired => "certificate-expired",
        TlsResultType.CertificateNotTrusted => "certificate-not-trusted",
        TlsResultType.TlsaInvalid => "tlsa-invalid",
        TlsResultType.DnssecInvalid => "dnssec-invalid",
        TlsResultType.DaneRequired => "dane-required",
        TlsResultType.StsPolicyFetchError => "sts-policy-fetch-error",
        TlsResultType.StsPolicyInvalid => "sts-policy-invalid",
        TlsResultType.StsWebPkiInvalid => "sts-webpki-invalid",
        _ => "validation-failure",
    };
}
