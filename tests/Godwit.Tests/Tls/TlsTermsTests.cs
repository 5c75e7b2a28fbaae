using System.Net.Security;
using System.Security.Authentication;
using Godwit.Settings;
using Godwit.Tls;

namespace Godwit.Tests.Tls;

public sealed class TlsTermsTests
{
    [Fact]
    public void Where_nothing_is_said_the_runtime_chooses_and_sessions_can_be_resumed()
    {
        TlsTerms terms = TlsTerms.Of(TlsSettings.Usual);

        Assert.Null(terms.Ciphers);
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, terms.Protocols);
        Assert.Equal(EncryptionPolicy.RequireEncryption, terms.Encryption);
    }

    [Fact]
    public void A_list_is_what_OpenSSL_makes_of_it_and_TLS_1_3_stays_possible()
    {
        TlsTerms terms = TlsTerms.Of(new TlsSettings { Ciphers = "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:nonsense" });

        Assert.Equal(
            [
                TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
                TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            ],
            Suites(terms));
    }

    [Fact]
    public void No_list_brings_suites_that_protect_nothing()
    {
        TlsTerms terms = TlsTerms.Of(new TlsSettings { Ciphers = "ALL:COMPLEMENTOFALL", Versions = TlsVersions.Old | TlsVersions.Usual });

        Assert.NotEmpty(Suites(terms));
        Assert.DoesNotContain(Suites(terms), suite => $"{suite}".Contains("_anon_", StringComparison.Ordinal) || $"{suite}".Contains("_NULL_", StringComparison.Ordinal));
    }

    [Fact]
    public void Versions_of_old_need_a_list_even_where_none_is_written()
    {
        TlsTerms terms = TlsTerms.Of(new TlsSettings { Versions = TlsVersions.Tls10 | TlsVersions.Usual });

        Assert.Contains(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, Suites(terms));
        Assert.NotEqual(EncryptionPolicy.RequireEncryption, terms.Encryption);
    }

    [Fact]
    public void Suites_of_TLS_1_3_can_be_chosen_alone()
    {
        TlsTerms terms = TlsTerms.Of(new TlsSettings { CipherSuites = "TLS_CHACHA20_POLY1305_SHA256" });

        Assert.Equal([TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256], Suites(terms).Where(suite => (int)suite >> 8 == 0x13));
        Assert.Contains(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, Suites(terms));
    }

    private static TlsCipherSuite[] Suites(TlsTerms terms) => OperatingSystem.IsLinux() ? [.. terms.Ciphers!.AllowedCipherSuites] : [];
}
